import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPeer } from '../../../../tests/support/peers.ts';
import { columnFormats, defaultRowOptions, type Family, type Format, fileFormats, formats } from '../rows/projection.ts';
import { rowFormats } from '../rows/row-formats.ts';
import { buildOf, contentOf, families, familyOf, uuidOf } from '../testing/a-build.ts';
import { aMember } from '../testing/a-family.ts';
import type { BuildOptions, Built } from './build-dataset.ts';
import { type Manifest, NotOurFolder } from './manifest.ts';
import { readRowsIndex } from './read-rows-index.ts';
import { verifyDataset } from './verify-dataset.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'turnlog-build-'));
});
afterEach(() => rm(out, { recursive: true, force: true }));

const build = (of: readonly Family[], options: Partial<BuildOptions> = {}, folder = out): Promise<Built> =>
  buildOf(of, { out: folder, ...options });

const linesOf = async (folder: string, path: string): Promise<readonly Record<string, unknown>[]> =>
  (await readFile(join(folder, path), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const allRows = async ({ folder, manifest }: Built): Promise<readonly Record<string, unknown>[]> => {
  const rows: Record<string, unknown>[] = [];
  for (const { path } of manifest.files) {
    if (manifest.as !== 'parquet') rows.push(...(await linesOf(folder, path)));
    else rows.push(...(await parquetRows(join(folder, path))));
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
};

const parquetRows = async (path: string): Promise<Record<string, unknown>[]> => {
  const { buffer, byteOffset, byteLength } = await readFile(path);
  return parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer });
};

describe('a dataset', () => {
  it('has files named by their content, an index of every row, and a manifest that says what it was made from', async () => {
    const built = await build(families(3));
    const { manifest, folder } = built;
    expect(Object.keys(await contentOf(folder))).toEqual(['README.md', manifest.files[0]?.path, 'manifest.json', 'rows.json.gz']);
    expect(manifest).toMatchObject({
      manifest: 1,
      format: 'sft',
      as: 'jsonl',
      options: { shards: 1, promptReasoning: 'as-sent', includeSuperseded: false, onSecret: 'redact' },
      through: { transactionId: '7', position: '9' },
      files: [{ split: 'train', rows: 12 }],
      excluded: {},
      conversations: 6,
    });
    const places = readRowsIndex(await readFile(join(folder, 'rows.json.gz')));
    const rows = await linesOf(folder, manifest.files[0]?.path ?? '');
    expect(places.map(([id, , index]) => [id, rows[index]?.id])).toEqual(rows.map(({ id }) => [id, id]));
    expect(places.map(([, , index, , , , sha256]) => [index, sha256])).toEqual(
      rows.map((row, index) => [index, createHash('sha256').update(JSON.stringify(row)).digest('hex')]),
    );
    const keys = places.map(([, , , conversation, , version]) => `${conversation}:${String(version).padStart(5, '0')}`);
    expect(keys).toEqual([...keys].sort());
  });

  it('is the same, byte for byte, when it is built again, here or elsewhere', async () => {
    for (const as of ['jsonl', 'parquet'] as const) {
      const options = { as, shards: 4, test: 0.2, seed: 's' };
      const first = await contentOf((await build(families(20), options)).folder);
      const again = await build(families(20), { as, test: 0.2, seed: 's' });
      expect(again.written).toBe(0);
      expect(await contentOf(again.folder)).toEqual(first);
      const elsewhere = await build([...families(20)].reverse(), options, join(out, `elsewhere-${as}`));
      expect(await contentOf(elsewhere.folder)).toEqual(first);
    }
  });

  it('writes one new file for one more conversation, and lets go of the one it replaces', async () => {
    const before = await build(families(40), { shards: 8 });
    const after = await build(families(41));
    expect(after.written).toBe(1);
    const names = (built: Built) => new Set(built.manifest.files.map(({ path }) => path));
    expect([...names(after)].filter((path) => !names(before).has(path))).toHaveLength(1);
    expect((await readdir(join(after.folder, 'data'))).map((name) => `data/${name}`).sort()).toEqual([...names(after)].sort());
  });

  it('keeps fork families together when it splits', async () => {
    const { manifest, folder } = await build(families(40), { test: 0.3, shards: 2 });
    const splitOf = new Map(manifest.files.map(({ path, split }) => [path, split]));
    const places = readRowsIndex(await readFile(join(folder, 'rows.json.gz')));
    const splits = new Map<string, Set<string | undefined>>();
    for (const family of families(40))
      for (const [, path, , conversation] of places)
        if (family.members.some(({ id }) => id === conversation))
          splits.set(family.root, (splits.get(family.root) ?? new Set()).add(splitOf.get(path)));
    expect([...splits.values()].every(({ size }) => size === 1)).toBe(true);
    expect(new Set([...splits.values()].flatMap((found) => [...found]))).toEqual(new Set(['train', 'test']));
  });

  it('refuses a folder that holds something else, and changes nothing there', async () => {
    await build(families(1));
    await writeFile(join(out, 'sft', 'manifest.json'), '{"manifest": 2}');
    await expect(build(families(2))).rejects.toThrow(NotOurFolder);
    expect(await readFile(join(out, 'sft', 'manifest.json'), 'utf8')).toBe('{"manifest": 2}');
  });

  it('finishes what a build that was cut short has left', async () => {
    const cut = build(families(20), {
      shards: 4,
      onProgress: (done) => {
        if (done === 15) throw new Error('cut');
      },
    });
    await expect(cut).rejects.toThrow('cut');
    const { folder } = await build(families(20), { shards: 4 });
    const whole = await build(families(20), { shards: 4 }, join(out, 'whole'));
    expect(await contentOf(folder)).toEqual(await contentOf(whole.folder));
  });

  it('shows placeholders for secrets and says where they were, or leaves their rows out', async () => {
    const secret = [familyOf(1, 'correct-horse-battery'), familyOf(2)];
    const redacted = await build(secret);
    expect(JSON.stringify(await allRows(redacted))).not.toContain('correct-horse-battery');
    expect(redacted.secrets).toContainEqual(expect.objectContaining({ field: 'prompt[3].content' }));
    expect(JSON.stringify(redacted.secrets)).not.toContain('correct-horse-battery');
    const left = await build(secret, { onSecret: 'exclude' }, join(out, 'left'));
    expect(left.manifest.excluded).toEqual({ secret: 3 });
  });

  it.each(fileFormats)('of %s calls each file as its trace, and has no secret in one', async (format) => {
    const told = [familyOf(1, 'correct-horse-battery'), familyOf(2)];
    const { folder, manifest, secrets } = await build(told, { format });
    const traces = await build(told, { format: 'trace' }, join(out, 'traces'));
    const stemsIn = (of: Manifest) => of.files.map(({ path }) => path.replace(/\.jsonl?$/, ''));
    expect(stemsIn(manifest)).toEqual(stemsIn(traces.manifest));
    const texts = await Promise.all(manifest.files.map(({ path }) => readFile(join(folder, path), 'utf8')));
    expect(texts.join('')).not.toContain('correct-horse-battery');
    expect(texts.join('').match(/alpha 1 \[redacted-/g)).toHaveLength(2);
    expect(secrets).toHaveLength(2);
  });

  it('leaves out what is there already, and what is too long', async () => {
    const twice = {
      ...familyOf(1),
      root: uuidOf('other'),
      members: [aMember({ events: familyOf(1).members[0]?.events ?? [] }, { id: uuidOf('other') })],
    };
    expect((await build([familyOf(1), twice])).manifest.excluded.duplicate).toBeGreaterThan(0);
    const kept = await build([familyOf(1), twice], { keepDuplicates: true }, join(out, 'kept'));
    expect(kept.manifest.excluded).toEqual({});
    const count = (row: object) => ('prompt' in row ? (row.prompt as unknown[]).length : 0);
    const maxTokens = { most: 2, count, tokenizer: { name: 'messages', sha256: '0'.repeat(64) } };
    const short = await build(families(1), { maxTokens }, join(out, 'short'));
    expect(short.manifest).toMatchObject({ excluded: { too_long: 3 }, options: { maxTokens: 2 } });
  });

  it.each(formats)('is written in the format %s, in every way that it has', async (format: Format) => {
    const lines = await build(families(6), { format });
    expect(lines.manifest.files.length).toBeGreaterThan(0);
    expect(await verifyDataset({ folder: lines.folder, secrets: [] })).toMatchObject({
      verdict: 'verified',
      differences: [],
    });
    if (!(columnFormats as readonly Format[]).includes(format)) return;
    const table = await build(families(6), { format, as: 'parquet' }, join(out, 'parquet'));
    expect((await allRows(table)).map(withoutNulls)).toEqual(await allRows(lines));
  });

  it('declares its columns in the footer of Parquet and in the card', async () => {
    const { folder, manifest } = await build(families(1), { format: 'rl', as: 'parquet' });
    const { buffer, byteOffset, byteLength } = await readFile(join(folder, manifest.files[0]?.path ?? ''));
    const { key_value_metadata: footer = [] } = parquetMetadata(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
    expect(JSON.parse(footer.find(({ key }) => key === 'huggingface')?.value ?? '{}').info.features).toMatchObject({
      prompt: { feature: { _type: 'Json' }, _type: 'List' },
      reward: { dtype: 'float64', _type: 'Value' },
    });
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    expect(card).toContain('- config_name: rl\n  data_files:\n  - split: train\n    path: data/train-*.parquet');
    expect(card).toContain('  - name: prompt\n    list: json');
  });

  it('says which of its files is not what was written', async () => {
    const { folder, manifest } = await build(families(2));
    const path = manifest.files[0]?.path ?? '';
    const text = await readFile(join(folder, path), 'utf8');
    await writeFile(join(folder, path), text.replace('alpha', 'ALPHA'));
    expect(await verifyDataset({ folder, secrets: [] })).toMatchObject({
      verdict: 'different',
      differences: [`${path} is not what was written.`],
    });
  });
});

const duckdb = findPeer('@duckdb/node-api');
describe.skipIf(duckdb === undefined)('DuckDB', () => {
  it.each(columnFormats)('reads the rows of %s back as they are', async (format) => {
    const { DuckDBInstance } = await import(join(duckdb ?? '', 'lib/index.js'));
    const lines = await build(families(12), { format });
    const table = await build(families(12), { format, as: 'parquet' }, join(out, 'parquet'));
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${table.folder}/data/*.parquet') ORDER BY id`);
    const columns = rowFormats.columnsOf(format, {});
    const rows = reader
      .getRowObjectsJson()
      .map((row: Record<string, unknown>) =>
        Object.fromEntries(
          columns
            .map(({ name, type }) => [name, fromDuckDb(row[name], type)] as const)
            .filter(([, value]) => value !== null && value !== undefined),
        ),
      );
    expect(rows).toEqual(await allRows(lines));
    connection.closeSync();
  });

  it.each(columnFormats)('reads %s for readers without a JSON type as strings, lists and structs alone', async (format) => {
    const { DuckDBInstance } = await import(join(duckdb ?? '', 'lib/index.js'));
    const options = { format, rows: { ...defaultRowOptions, compat: 'strings' } } as const;
    const lines = await build(families(12), options);
    const table = await build(families(12), { ...options, as: 'parquet' }, join(out, 'parquet'));
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const files = `read_parquet('${table.folder}/data/*.parquet')`;
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${files}`);
    const types = described.getRowObjectsJson().map(({ column_type }: { column_type: string }) => column_type);
    expect(types.join(' ')).not.toMatch(/JSON|VARIANT/);
    expect(types).toContain('VARCHAR');
    const reader = await connection.runAndReadAll(`SELECT * FROM ${files} ORDER BY id`);
    expect(reader.getRowObjectsJson().map(withoutAnyNulls)).toEqual(await allRows(lines));
    const footer = await connection.runAndReadAll(`SELECT * FROM parquet_kv_metadata('${table.folder}/data/*.parquet')`);
    expect(JSON.stringify(footer.getRowObjectsJson())).not.toMatch(/Json|List/);
    const card = await readFile(join(table.folder, 'README.md'), 'utf8');
    expect(card).not.toMatch(/json$/m);
    expect(card).toContain('      - name: function\n        struct:\n        - name: name\n          dtype: string');
    expect(card).toContain('  - name: tools\n    dtype: string');
    connection.closeSync();
  });
});

/** A column that is absent from a row is null in a table. */
const withoutNulls = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));

/** So are fields that a struct of a table has and a message has not. */
const withoutAnyNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutAnyNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, nested]) => nested !== null && nested !== undefined)
      .map(([name, nested]) => [name, withoutAnyNulls(nested)]),
  );
};

/** It hands JSON out as text. */
const fromDuckDb = (value: unknown, type: string): unknown => {
  if (type === 'json-list') return (value as string[]).map((text) => JSON.parse(text));
  return type === 'json' && typeof value === 'string' ? JSON.parse(value) : value;
};
