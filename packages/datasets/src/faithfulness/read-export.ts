// The rows of a folder that an export has written, one after the other.

import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from './examples-of.ts';

export interface ExportFolder {
  readonly folder: string;
  readonly format: string;
  readonly rows: number;
  readonly files: readonly string[];
}

/** The folder holds no export. The message says what to do. */
export class NoExport extends Error {
  override readonly name = 'NoExport';
}

/** The export in this folder, or those in the folders below it. */
export const findExports = async (folder: string): Promise<readonly ExportFolder[]> => {
  const own = await readManifest(folder);
  if (own !== undefined) return [own];
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (['ENOENT', 'ENOTDIR'].includes(error.code ?? '')) return [];
    throw error;
  });
  const found = (await Promise.all(names.sort().map((name) => readManifest(join(folder, name))))).flatMap((each) => each ?? []);
  if (found.length === 0)
    throw new NoExport(`${folder} holds no export of ours: export-traces writes one, with its manifest.json.`);
  return found;
};

interface ManifestPart {
  readonly manifest?: unknown;
  readonly format?: unknown;
  readonly files?: readonly { readonly path: string; readonly rows: number }[];
}

const readManifest = async (folder: string): Promise<ExportFolder | undefined> => {
  let text: string;
  try {
    text = await readFile(join(folder, 'manifest.json'), 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const { manifest, format, files = [] } = parsed(text, folder);
  if (manifest !== 1 || typeof format !== 'string')
    throw new NoExport(`${join(folder, 'manifest.json')} is not the manifest of an export.`);
  return {
    folder,
    format,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    files: files.map(({ path }) => join(folder, path)),
  };
};

const parsed = (text: string, folder: string): ManifestPart => {
  try {
    return JSON.parse(text) as ManifestPart;
  } catch {
    throw new NoExport(`${join(folder, 'manifest.json')} is no JSON.`);
  }
};

export async function* readRows({ files }: ExportFolder): AsyncGenerator<JsonObject> {
  for (const file of files) yield* file.endsWith('.parquet') ? parquetRows(file) : jsonlRows(file);
}

async function* jsonlRows(file: string): AsyncGenerator<JsonObject> {
  for await (const line of linesOf(file)) if (line !== '') yield JSON.parse(line) as JsonObject;
}

/** Cut at `\n` alone: readline also cuts at U+2028, which may stand inside a JSON string. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

/** One row group in memory at a time. */
async function* parquetRows(path: string): AsyncGenerator<JsonObject> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    yield* (await parquetReadObjects({ file, metadata, rowStart, rowEnd })) as JsonObject[];
    rowStart = rowEnd;
  }
}
