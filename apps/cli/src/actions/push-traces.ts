// `turnlog push-traces`: builds a dataset and pushes it to the Hugging Face Hub.

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BuiltFromLog, buildFromLog, type Format, type Pushed, pushDataset } from '@turnlog/datasets';
import type { Database } from '@turnlog/db';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import type { FilterFlags, RowFlags } from '../datasets/dataset-flags.ts';
import { requestOf } from '../datasets/dataset-request.ts';
import { filesToPush } from '../datasets/files-to-push.ts';
import { hubToken } from '../datasets/hub-token.ts';
import { tokenLimit } from '../datasets/token-limit.ts';
import { importFolder } from '../traces/import-folder.ts';
import { createProgress, type Progress } from '../view/progress.ts';
import { printBuilt, rowsIn } from './export-traces.ts';
import { listenForInterruption } from './until-interrupted.ts';

export interface PushFlags extends FilterFlags, RowFlags {
  readonly repoId: string;
  readonly format: readonly Format[];
  readonly as: 'jsonl' | 'parquet';
  readonly traceDir?: string;
  readonly unroll?: boolean;
  readonly sessions?: boolean;
  readonly public?: boolean;
  readonly allowSecrets?: boolean;
  readonly token?: string;
  readonly json?: boolean;
}

export const runPush = async (flags: PushFlags): Promise<void> => {
  const settings = readSettings({});
  const token = await hubToken(flags.token, settings.environment);
  const formats = [...new Set([...flags.format, ...(flags.sessions ? (['sts'] as const) : [])])];
  const opened = await openDatabase({ ...settings, ...settings.environment });
  const progress = createProgress(settings.errors, 'conversations');
  try {
    const { signal } = listenForInterruption();
    const filters = flags.traceDir === undefined ? flags : await imported(opened.database, flags, settings);
    const built: BuiltFromLog[] = [];
    for (const format of formats)
      built.push(await build(opened.database, format, { ...flags, ...filters }, settings, progress, signal));
    progress.end();
    if (!flags.json) for (const one of built) printBuilt(settings.terminal, one);
    refuse(built, flags);
    const conversations = [...new Set(built.flatMap((one) => one.conversations))];
    await opened.database.datasets.register({ dataset: flags.repoId, conversations, keepsFormer: true });
    const pushed = await push(built, flags, token, settings, signal);
    if (flags.json)
      settings.terminal.line(
        JSON.stringify({
          ...pushed,
          formats,
          rows: Object.fromEntries(built.map((one) => [one.manifest.format, rowsIn(one)])),
        }),
      );
    else settings.terminal.line(said(pushed));
  } finally {
    progress.end();
    await opened.close();
  }
};

/** The builds of one repository stay in one place, so that the next push writes and sends only what is new. */
const folderOf = ({ environment }: Settings, repoId: string): string =>
  join(environment.dataDir, 'datasets', repoId.replaceAll('/', '__'));

const build = async (
  database: Database,
  format: Format,
  flags: PushFlags,
  settings: Settings,
  progress: Progress,
  signal: AbortSignal,
): Promise<BuiltFromLog> => {
  const out = folderOf(settings, flags.repoId);
  await mkdir(out, { recursive: true });
  const as = ['openai', 'sharegpt', 'sts', 'atif'].includes(format) ? undefined : flags.as;
  const maxTokens = format === 'sts' ? undefined : await tokenLimit(format, flags, settings.environment);
  return buildFromLog({ ...database }, requestOf(format, as, flags), {
    out,
    secrets: settings.secrets,
    ...(maxTokens && { maxTokens }),
    onProgress: progress.update,
    signal,
  });
};

/** What the trace files became in the log is what is pushed. */
const imported = async (database: Database, flags: PushFlags, settings: Settings): Promise<FilterFlags> => {
  const files = await importFolder(resolve(settings.environment.folder, flags.traceDir ?? ''), {
    database,
    models: settings.models,
    servers: Object.keys(settings.configuration.servers),
    tags: [],
  });
  for (const { file, result, reason } of files)
    if (result === 'refused') settings.errors.line(`${settings.errors.style('yellow', 'Left out:')} ${file}: ${reason}`);
  const ids = files.flatMap(({ conversation }) => (conversation === undefined ? [] : [conversation]));
  if (ids.length === 0) throw new Error(`${flags.traceDir} holds no trace file that can be imported: nothing was pushed.`);
  return { id: ids };
};

const refuse = (built: readonly BuiltFromLog[], { allowSecrets, onSecret }: PushFlags): void => {
  if (built.every((one) => rowsIn(one) === 0))
    throw new Error('No row came of these conversations: nothing was pushed. `export-traces` with the same flags says why.');
  const reports = built.flatMap(({ secretsReport }) => (secretsReport === undefined ? [] : [secretsReport]));
  if (reports.length > 0 && onSecret !== 'exclude' && !allowSecrets)
    throw new Error(
      `Secrets were found: nothing was pushed. Look at ${reports.join(' and ')}; placeholders stand in their place. Push again with --allow-secrets, or leave their rows out with --on-secret exclude.`,
    );
};

const push = async (
  built: readonly BuiltFromLog[],
  flags: PushFlags,
  token: string,
  settings: Settings,
  signal: AbortSignal,
): Promise<Pushed> => {
  const progress = createProgress(settings.errors, 'files');
  try {
    return await pushDataset({
      repo: flags.repoId,
      token,
      hubUrl: settings.environment.huggingFace.endpoint,
      ...(await filesToPush(built, folderOf(settings, flags.repoId))),
      visibility: flags.public ? 'public' : 'private',
      title: `Turnlog: ${built.map((one) => `${rowsIn(one)} ${one.manifest.format}`).join(', ')}`,
      onProgress: progress.update,
      signal,
    });
  } finally {
    progress.end();
  }
};

const said = ({ type, url, added, deleted, isNew }: Pushed): string => {
  if (type === 'unchanged') return `Nothing has changed since the last push: ${url}`;
  const parts = [
    `${added.length} file${added.length === 1 ? '' : 's'}`,
    ...(deleted.length > 0 ? [`${deleted.length} deleted`] : []),
  ];
  return `Pushed ${parts.join(', ')} to ${url}${isNew ? ' (new)' : ''}`;
};
