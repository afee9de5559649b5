import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from './examples-of.ts';
import { findExports, NoExport, readRows } from './read-export.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnlog-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

const writeExport = async (name: string, file: string, content: string | Uint8Array, rows: number) => {
  await mkdir(join(folder, name, 'data'), { recursive: true });
  await writeFile(join(folder, name, file), content);
  const manifest = { manifest: 1, format: name, files: [{ path: file, split: 'train', rows }] };
  await writeFile(join(folder, name, 'manifest.json'), JSON.stringify(manifest));
};

const rowsIn = async (path: string): Promise<readonly JsonObject[]> => {
  const rows: JsonObject[] = [];
  for (const each of await findExports(path)) for await (const row of readRows(each)) rows.push(row);
  return rows;
};

const rows = [
  { id: 'a', prompt: [{ role: 'user', content: 'A line\u2028and another\u2029.' }], turn: 1 },
  { id: 'b', prompt: [{ role: 'user', content: 'x'.repeat(200_000) }], turn: 2 },
];

it('reads JSON lines, cut at line feeds alone and across chunks', async () => {
  await writeExport('sft', 'data/train-0.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''), 2);
  expect(await rowsIn(join(folder, 'sft'))).toEqual(rows);
});

it('reads Parquet, one row group after the other', async () => {
  const buffer = parquetWriteBuffer({
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'prompt', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'JSON' },
    ],
    columnData: [
      { name: 'id', data: rows.map(({ id }) => id) },
      { name: 'prompt', data: rows.map(({ prompt }) => prompt) },
    ],
    rowGroupSize: 1,
  });
  await writeExport('sft', 'data/train-0.parquet', new Uint8Array(buffer), 2);
  expect(await rowsIn(join(folder, 'sft'))).toEqual(rows.map(({ id, prompt }) => ({ id, prompt })));
});

it('finds the exports below a folder, in the order of their names', async () => {
  await writeExport('sft', 'data/train-0.jsonl', '{"id":"s"}\n', 1);
  await writeExport('hf', 'data/train-0.jsonl', '{"id":"h"}\n', 1);
  expect((await findExports(folder)).map(({ format, rows }) => [format, rows])).toEqual([
    ['hf', 1],
    ['sft', 1],
  ]);
});

it('refuses a folder without an export', async () => {
  await expect(findExports(folder)).rejects.toThrow(NoExport);
  await expect(findExports(join(folder, 'nowhere'))).rejects.toThrow('export-traces writes one');
  await writeFile(join(folder, 'manifest.json'), '{"name": "else"}');
  await expect(findExports(folder)).rejects.toThrow('is not the manifest of an export');
});
