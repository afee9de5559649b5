// Formats of which the rows of many conversations stand in one file. One shard at a time is held in memory.

import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectedRow } from '../rows/projection.ts';
import { replaceFile } from '../trace-file.ts';
import type { ForkFamilyIndex } from './fork-families.ts';
import { parquetFile } from './parquet-file.ts';
import { type ProjectRows, type Source, sha256, type Written, writtenFile } from './projected-rows.ts';
import { type Shard, shardOf } from './shards.ts';

/** Files of ours by their names; what a build that was cut short has left is told by it. */
export const shardFileName = /^(?:train|test)-[0-9a-f]{12}\.(?:jsonl|parquet)$/;

export const writeShards = async (source: Source, project: ProjectRows, shards: number): Promise<readonly Written[]> => {
  const all = dealt(source, shards);
  const written: Written[] = [];
  for (const [number, [shard, families]] of all.entries())
    written.push(await writeShard(source, project, shard, families, number));
  // Rows of which an earlier one turned up in a later shard: mostly there are none.
  for (const number of project.outdated()) {
    const [shard, families] = all[number] ?? [];
    if (shard === undefined || families === undefined) continue;
    await removeNew(source, written[number]);
    written[number] = await writeShard(source, project, shard, families, number);
  }
  return written;
};

/** Families by shard, in the order of the shards. */
export const dealt = (
  { families, test = 0, seed = '' }: Source,
  shards: number,
): readonly (readonly [Shard, readonly ForkFamilyIndex[]])[] => {
  const byName = new Map<string, [Shard, ForkFamilyIndex[]]>();
  for (const family of families) {
    const shard = shardOf(family.root, { test, seed, shards, sha256 });
    const name = `${shard.split} ${shard.number}`;
    const members = byName.get(name);
    if (members === undefined) byName.set(name, [shard, [family]]);
    else members[1].push(family);
  }
  return [...byName.values()].sort(([a], [b]) => (a.split < b.split ? -1 : a.split > b.split ? 1 : a.number - b.number));
};

const writeShard = async (
  source: Source,
  project: ProjectRows,
  { split }: Shard,
  families: readonly ForkFamilyIndex[],
  number: number,
): Promise<Written> => {
  const rows: ProjectedRow[] = [];
  for (const family of families) for (const row of await project.rowsOf(family, number)) rows.push(row);
  const left = project.takeLeft();
  if (rows.length === 0) return { ...left, places: [], models: [] };
  rows.sort((a, b) => (a.conversation < b.conversation ? -1 : a.conversation > b.conversation ? 1 : a.toVersion - b.toVersion));
  const bytes = source.as === 'parquet' ? parquetOf(rows, source) : jsonLines(rows);
  const path = `data/${split}-${sha256(bytes).slice(0, 12)}.${source.as}`;
  const isNew = (await sizeOf(join(source.folder, path))) !== bytes.length;
  if (isNew) await replaceFile(join(source.folder, path), bytes);
  return { ...left, ...writtenFile(path, split, rows, bytes, isNew) };
};

const removeNew = async ({ folder }: Source, written: Written | undefined): Promise<void> => {
  if (written?.isNew && written.file) await rm(join(folder, written.file.path), { force: true });
};

const parquetOf = (rows: readonly ProjectedRow[], { format, rowFormat, rows: options }: Source): Uint8Array =>
  parquetFile(
    rows.map(({ row }) => row),
    rowFormat.columnsOf(format, options),
  );

const jsonLines = (rows: readonly ProjectedRow[]): Uint8Array =>
  Buffer.concat(rows.map(({ row }) => Buffer.from(`${JSON.stringify(row)}\n`)));

const sizeOf = async (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
