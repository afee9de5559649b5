import { bulkKinds, createInMemoryBulkLedger, type ExportResult } from '@turnlog/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from '../testing/open-api.ts';

const bulk = createInMemoryBulkLedger(() => new Date().toISOString());
const result: ExportResult = {
  folder: '/data/exports/x/sft',
  as: 'jsonl',
  rows: 3,
  conversations: 1,
  excluded: { error: 2 },
  through: { transactionId: '7', position: '9' },
  secrets: 0,
  files: [{ path: 'data/train-1.jsonl', bytes: 6, split: 'train', rows: 3, sha256: 'abc' }],
};
async function* content() {
  yield Buffer.from('one');
  yield Buffer.from('two');
}
let api: OpenApi;
beforeEach(async () => {
  api = await openApi({
    bulk,
    exports: {
      formats: [
        { name: 'trace', hasParquet: false },
        { name: 'sft', hasParquet: true },
      ],
      openFile: async (folder, path) =>
        folder === result.folder && path === 'data/train-1.jsonl' ? { bytes: 6, content: content() } : undefined,
      rowsOf: async () => undefined,
    },
  });
});
afterEach(() => api.stop());

describe('POST /exports', () => {
  it('is accepted and kept as it was asked, the same under the same key', async () => {
    const body = { format: 'sft', as: 'parquet', filters: { tags: ['good'], rating: 1 }, options: { test: 0.1 } };
    const headers = { 'idempotency-key': 'e1' };
    const { status, json, headers: sent } = await api.post('/exports', body, headers);
    expect([status, json.phase, sent.get('location')]).toEqual([202, 'queued', `/exports/${json.id}`]);
    expect((await api.post('/exports', body, headers)).json.id).toBe(json.id);
    expect((await bulk.claim(json.id, { worker: 'w', claim: json.id, kinds: bulkKinds }))?.request).toEqual(body);
    expect((await api.get('/exports?limit=1')).json.items[0]).toMatchObject({ id: json.id, ...body });
  });

  it.each([
    [{}, 'format', 'There is no such format. Known: trace, sft.'],
    [{ format: 'csv' }, 'format', 'There is no such format. Known: trace, sft.'],
    [{ format: 'trace', as: 'parquet' }, 'as', 'trace is not written as Parquet; sft are.'],
    [{ format: 'sft', as: 'csv' }, 'as', 'Must be jsonl or parquet.'],
    [{ format: 'sft', filters: { tag: 'a' } }, 'filters.tag', 'There is no such field.'],
    [{ format: 'sft', filters: { since: 'yesterday' } }, 'filters.since', expect.stringMatching(/ISO/)],
    [{ format: 'sft', options: { test: 2 } }, 'options.test', expect.any(String)],
    [{ format: 'sft', out: '/etc' }, 'out', 'There is no such field.'],
  ])('refuses %j and says what is wrong with %s', async (body, path, message) => {
    const { status, json } = await api.post('/exports', body);
    expect([status, json.type]).toEqual([422, 'urn:turnlog:problem:invalid-request']);
    expect(json.errors).toContainEqual({ path, message });
  });
});

describe('an export', () => {
  it('shows how far it has come, then what it holds, and gives its files', async () => {
    const { id } = (await api.post('/exports', { format: 'sft' })).json;
    await bulk.claim(id, { worker: 'w', claim: id, kinds: bulkKinds });
    await bulk.report(id, { phase: 'running', progress: { done: 1, of: 2 } });
    expect((await api.get(`/exports/${id}`)).json).toMatchObject({ phase: 'running', progress: { done: 1, of: 2 } });
    const early = await api.get(`/exports/${id}/file?path=manifest.json`);
    expect([early.status, early.json.detail]).toEqual([404, 'The export is running: it has no files yet.']);
    await bulk.report(id, { phase: 'completed', result });
    expect((await api.get(`/exports/${id}`)).json).toMatchObject({ phase: 'completed', format: 'sft', ...result });
    const file = await api.get(`/exports/${id}/file?path=data/train-1.jsonl`);
    expect([file.status, file.text, file.headers.get('content-length')]).toEqual([200, 'onetwo', '6']);
    expect(file.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''train-1.jsonl");
    expect((await api.get(`/exports/${id}/file?path=../../token`)).status).toBe(404);
  });

  it('says why it failed', async () => {
    const { id } = (await api.post('/exports', { format: 'sft' })).json;
    await bulk.claim(id, { worker: 'w', claim: id, kinds: bulkKinds });
    await bulk.report(id, { phase: 'failed', failure: 'No space left on device' });
    expect((await api.get(`/exports/${id}`)).json).toMatchObject({ phase: 'failed', failure: 'No space left on device' });
    expect((await api.get('/exports/00000000-0000-4000-8000-00000000dead')).status).toBe(404);
  });
});
