// A dataset is held against its manifest, and against the log: it is built again in a folder of its own, from the log as it was
// then, and both must be the same, byte for byte.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redactionVersion } from '../redaction/redactor.ts';
import { projectionVersion, writerVersion } from './build-dataset.ts';
import { buildFamilies, type RedactingLog } from './build-from-log.ts';
import { compareBuilds } from './compare-builds.ts';
import { findFamilies } from './fork-families.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { manifestRequest } from './manifest-request.ts';
import { sha256 } from './projected-rows.ts';
import { readRowsIndex } from './read-rows-index.ts';
import type { MaxTokens } from './row-filter.ts';
import type { RowPlace } from './rows-index.ts';
import { erasedSince } from './selected-at.ts';

export interface DatasetReport {
  readonly verdict: 'verified' | 'different';
  readonly rows: number;
  /** What is wrong, each in a sentence. */
  readonly differences: readonly string[];
  /** Conversations that were erased since: their rows cannot be made again, and should be removed. */
  readonly erased: readonly string[];
}

export interface VerifyOptions {
  readonly folder: string;
  /** Without a log only the files are held against their manifest. */
  readonly log?: RedactingLog;
  /** What this installation knows to be secret: the same as when it was built. */
  readonly secrets: readonly string[];
  /** Where the manifest says that rows were left out for their length. */
  readonly maxTokens?: MaxTokens;
  readonly onProgress?: (done: number, of: number) => void;
}

/** As many as a person reads. */
const mostNamed = 100;

/** Throws NotOurFolder. */
export const verifyDataset = async (options: VerifyOptions): Promise<DatasetReport> => {
  const manifest = await readManifest(options.folder);
  const { differences, places } = await holdAgainstManifest(options.folder, manifest);
  const against =
    options.log && differences.length === 0 ? await holdAgainstLog(options, options.log, manifest, places) : undefined;
  const all = [...differences, ...(against?.differences ?? [])];
  return {
    verdict: all.length === 0 ? 'verified' : 'different',
    rows: manifest.files.reduce((sum, { rows }) => sum + rows, 0),
    differences: all.slice(0, mostNamed),
    erased: against?.erased ?? [],
  };
};

const holdAgainstManifest = async (
  folder: string,
  manifest: Manifest,
): Promise<{ readonly differences: readonly string[]; readonly places: readonly RowPlace[] }> => {
  const differences: string[] = [];
  for (const { path, bytes, sha256: digest } of manifest.files) {
    const content = await contentOf(folder, path);
    if (content === undefined) differences.push(`${path} is missing.`);
    else if (content.length !== bytes || sha256(content) !== digest) differences.push(`${path} is not what was written.`);
  }
  const index = manifest.rows && (await contentOf(folder, manifest.rows.path));
  if (index === undefined || sha256(index) !== manifest.rows?.sha256)
    return { differences: [...differences, 'rows.json.gz is missing, or not what was written.'], places: [] };
  return { differences, places: readRowsIndex(index) };
};

const contentOf = (folder: string, path: string): Promise<Buffer | undefined> =>
  readFile(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

const holdAgainstLog = async (
  { secrets, maxTokens, onProgress }: VerifyOptions,
  log: RedactingLog,
  manifest: Manifest,
  places: readonly RowPlace[],
): Promise<Pick<DatasetReport, 'differences' | 'erased'>> => {
  const cannot = whyNotRebuilt(manifest, maxTokens);
  if (cannot !== undefined) return { differences: [cannot], erased: [] };
  const request = manifestRequest(manifest);
  const out = await mkdtemp(join(tmpdir(), 'turnlog-verify-'));
  try {
    const { through } = manifest;
    const families = await findFamilies(log, request.filter, through);
    const settings = { out, secrets, through, families, ...(maxTokens && { maxTokens }), ...(onProgress && { onProgress }) };
    const { folder } = await buildFamilies(log, request, settings);
    const again = readRowsIndex(await readFile(join(folder, 'rows.json.gz')));
    const erased = await erasedSince(log, request.filter, through);
    return await compareBuilds({ manifest, places }, { manifest: await readManifest(folder), places: again }, { log, erased });
  } finally {
    await rm(out, { recursive: true, force: true });
  }
};

/** A sentence; undefined where this version builds the same from the same. */
export const whyNotRebuilt = ({ versions, options }: Manifest, maxTokens: MaxTokens | undefined): string | undefined => {
  const current = { projection: projectionVersion, redaction: redactionVersion, writer: writerVersion };
  for (const [name, version] of Object.entries(current) as [keyof typeof current, number][])
    if (versions[name] !== version)
      return `It was made by version ${versions[name] ?? 'none'} of the ${name}; this is ${version}: only its files can be checked (--files-only).`;
  const { tokenizer, maxTokens: most } = options;
  if (tokenizer === undefined || most === undefined) return undefined;
  if (maxTokens === undefined)
    return `Rows of more than ${most} tokens were left out: --tokenizer ${tokenizer.name} must count them again.`;
  return maxTokens.tokenizer.sha256 === tokenizer.sha256
    ? undefined
    : `--tokenizer is not the ${tokenizer.name} that counted the tokens.`;
};
