// `turnlog export-traces`: projects the log into files.

import { dirname, join, resolve } from 'node:path';
import {
  type BuiltFromLog,
  buildFromLog,
  type DatasetRequest,
  type Format,
  type Manifest,
  manifestRequest,
  readManifest,
  whyNotRebuilt,
} from '@turnlog/datasets';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import type { FilterFlags, RowFlags } from '../datasets/dataset-flags.ts';
import { requestOf } from '../datasets/dataset-request.ts';
import { type TokenFlags, tokenLimit } from '../datasets/token-limit.ts';
import { createProgress } from '../view/progress.ts';
import type { Terminal } from '../view/terminal.ts';

export interface ExportFlags extends FilterFlags, RowFlags {
  readonly format: Format;
  readonly as?: 'jsonl' | 'parquet';
  readonly out: string;
  readonly manifest?: string;
  readonly json?: boolean;
}

/** `given`: the flags that were typed, as they were typed. */
export const runExport = async (flags: ExportFlags, given: readonly string[] = []): Promise<void> => {
  const settings = readSettings({});
  const { environment, terminal, secrets } = settings;
  const again = flags.manifest === undefined ? undefined : await manifestToRepeat(flags.manifest, given, settings);
  const request: DatasetRequest = again === undefined ? requestOf(flags.format, flags.as, flags) : manifestRequest(again);
  const maxTokens = await tokenLimit(request.format, again ? repeated(again, flags) : flags, environment);
  const cannot = again && whyNotRebuilt(again, maxTokens);
  if (cannot !== undefined) throw new Error(cannot);
  const opened = await openDatabase({ ...settings, ...environment });
  const progress = createProgress(settings.errors, 'conversations');
  try {
    const built = await buildFromLog({ ...opened.database }, request, {
      out: resolve(environment.folder, flags.out),
      secrets,
      ...(maxTokens && { maxTokens }),
      ...(again && { through: again.through }),
      onProgress: progress.update,
    });
    progress.end();
    const isSame = again === undefined ? undefined : isSameDataset(again, built.manifest);
    if (flags.json) terminal.line(JSON.stringify({ ...summaryOf(built), ...(isSame !== undefined && { isSame }) }));
    else printBuilt(terminal, built);
    if (isSame !== undefined && !flags.json) terminal.line(isSame ? same : different);
    if (isSame === false) process.exitCode = 1;
  } finally {
    progress.end();
    await opened.close();
  }
};

const same = 'The same files as the manifest names, byte for byte.';
const different =
  'These are not the files that the manifest names: the log has lost conversations since (an erasure), other secrets are configured, or it was another log. `turnlog verify-dataset` on the folder of the manifest names the rows.';

const repeated = ({ options: { maxTokens } }: Manifest, { tokenizer }: ExportFlags): TokenFlags =>
  maxTokens === undefined || tokenizer === undefined ? {} : { maxTokens: `${maxTokens}`, tokenizer };

/** What a manifest says it was made with is all that counts. */
const allowedBeside = new Set(['manifest', 'out', 'json', 'tokenizer']);

const manifestToRepeat = async (path: string, given: readonly string[], { environment }: Settings): Promise<Manifest> => {
  const [beside] = given.filter((name) => !allowedBeside.has(name));
  if (beside !== undefined) throw new Error(`--manifest says what is built: leave out --${beside}.`);
  const named = resolve(environment.folder, path);
  const folder = named.endsWith('.json') ? dirname(named) : named;
  return readManifest(folder).catch(() => {
    throw new Error(
      `--manifest got ${JSON.stringify(path)}, takes the manifest.json of an export of ours; none is at ${join(folder, 'manifest.json')}.`,
    );
  });
};

const isSameDataset = (one: Manifest, other: Manifest): boolean =>
  JSON.stringify([one.files, one.rows, one.excluded]) === JSON.stringify([other.files, other.rows, other.excluded]);

export const rowsIn = ({ manifest }: Pick<BuiltFromLog, 'manifest'>): number =>
  manifest.files.reduce((sum, { rows }) => sum + rows, 0);

export const summaryOf = ({ folder, manifest, written, secrets, secretsReport }: BuiltFromLog) => ({
  folder,
  format: manifest.format,
  as: manifest.as,
  rows: rowsIn({ manifest }),
  files: manifest.files.length,
  written,
  conversations: manifest.conversations,
  excluded: manifest.excluded,
  through: manifest.through,
  secrets: secrets.length,
  ...(secretsReport !== undefined && { secretsReport }),
});

export const printBuilt = (terminal: Terminal, built: BuiltFromLog): void => {
  const { folder, manifest, secrets, secretsReport } = built;
  const rows = rowsIn(built);
  const file = fileWords[manifest.format];
  const what =
    file !== undefined
      ? counted(manifest.files.length, file)
      : `${counted(rows, `${manifest.format} row`)} of ${counted(manifest.conversations, 'conversation')}`;
  terminal.line(`Wrote ${what} to ${folder}${excludedText(manifest.excluded)}`);
  if (secretsReport !== undefined)
    terminal.line(
      `${terminal.style('yellow', `${counted(secrets.length, 'secret')} ${secrets.length === 1 ? 'was' : 'were'} found`)} and ${manifest.options.onSecret === 'exclude' ? 'left out' : 'replaced by placeholders'}: look at ${secretsReport}`,
    );
};

/** What a file of one conversation is called. */
const fileWords: Partial<Readonly<Record<Format, string>>> = { trace: 'trace', sts: 'session', atif: 'ATIF file' };

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const excludedText = (excluded: Readonly<Record<string, number>>): string => {
  const parts = Object.entries(excluded).map(([reason, count]) => `${count} ${reason}`);
  return parts.length === 0 ? '' : ` (left out: ${parts.join(', ')})`;
};
