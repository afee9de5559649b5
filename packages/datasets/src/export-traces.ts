// Traces of many conversations as a folder: one file each and a manifest. Same log, same filters: same bytes.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LogCursor, type Trace, traceName } from '@turnlog/core';
import { replaceFile, traceText } from './trace-file.ts';

export interface ManifestFile {
  readonly path: string;
  readonly split: 'train';
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** No clock time, absolute path or host: it is as reproducible as the rows. */
export interface Manifest {
  readonly manifest: 1;
  readonly format: 'trace';
  readonly as: 'json';
  readonly filters: Readonly<Record<string, unknown>>;
  readonly versions: { readonly projection: 1; readonly writer: 1 };
  /** How far the log was read. */
  readonly through: LogCursor;
  readonly files: readonly ManifestFile[];
  readonly excluded: Readonly<Record<string, number>>;
  readonly conversations: number;
}

export interface ExportOptions {
  /** The folder of all formats; this one goes into its `trace/`. */
  readonly out: string;
  readonly filters: Readonly<Record<string, unknown>>;
  readonly through: LogCursor;
  /** Ordered by conversation id. */
  readonly traces: AsyncIterable<Trace>;
  readonly onProgress?: (done: number) => void;
}

/** The folder holds something that is not ours; nothing was written. */
export class NotOurFolder extends Error {
  override readonly name = 'NotOurFolder';
  constructor(folder: string) {
    super(`${folder} holds files but no manifest of ours. Choose a new folder with --out, or empty this one.`);
  }
}

/** Writes the folder and returns its manifest. Files of conversations that left the selection are removed. */
export const exportTraces = async (options: ExportOptions): Promise<{ readonly folder: string; readonly manifest: Manifest }> => {
  const folder = join(options.out, 'trace');
  const previous = await previousFiles(folder);
  await mkdir(join(folder, 'data'), { recursive: true });
  const files: ManifestFile[] = [];
  const excluded: Record<string, number> = {};
  const taken = new Set<string>();
  for await (const trace of options.traces) {
    if (trace.messages.some((message) => message.role === 'assistant')) files.push(await writeTrace(folder, trace, taken));
    else excluded.no_answer = (excluded.no_answer ?? 0) + 1;
    options.onProgress?.(files.length);
  }
  const manifest = manifestOf(options, files, excluded);
  await replaceFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await removeStale(folder, previous, files);
  return { folder, manifest };
};

const manifestOf = (
  { filters, through }: ExportOptions,
  files: readonly ManifestFile[],
  excluded: Readonly<Record<string, number>>,
): Manifest => ({
  manifest: 1,
  format: 'trace',
  as: 'json',
  filters,
  versions: { projection: 1, writer: 1 },
  through,
  files,
  excluded,
  conversations: files.length,
});

const writeTrace = async (folder: string, trace: Trace, taken: Set<string>): Promise<ManifestFile> => {
  const stem = traceName(trace);
  let name = stem;
  for (let number = 2; taken.has(name); number++) name = `${stem}_${number}`;
  taken.add(name);
  const path = `data/${name}.json`;
  const text = traceText(trace);
  await replaceFile(join(folder, path), text);
  return {
    path,
    split: 'train',
    rows: 1,
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
  };
};

/** The files of the last export into this folder. Throws NotOurFolder where something else lies there. */
const previousFiles = async (folder: string): Promise<readonly string[]> => {
  const entries: readonly string[] = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries.length === 0) return [];
  if (!entries.includes('manifest.json')) throw new NotOurFolder(folder);
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Partial<Manifest>;
  if (manifest.manifest !== 1) throw new NotOurFolder(folder);
  return (manifest.files ?? []).map((file) => file.path);
};

const removeStale = async (folder: string, previous: readonly string[], current: readonly ManifestFile[]): Promise<void> => {
  const kept = new Set(current.map((file) => file.path));
  for (const path of previous)
    if (!kept.has(path) && /^data\/[^/\\]+\.json$/.test(path)) await rm(join(folder, path), { force: true });
};
