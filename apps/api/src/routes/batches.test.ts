import { type BatchRequest, bulkKinds, createInMemoryBulkLedger } from '@turnlog/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from '../testing/open-api.ts';

const bulk = createInMemoryBulkLedger(() => new Date().toISOString());
let api: OpenApi;
let woken: string[];
beforeEach(async () => {
  woken = [];
  api = await openApi({ bulk, wakeBulk: (id) => void woken.push(id) });
});
afterEach(() => api.stop());

const create = (body: object, headers = {}) => api.post('/batches', body, headers);
/** What a worker is given. */
const requestOf = async (id: string) =>
  (await bulk.claim(id, { worker: 'w', claim: id, kinds: bulkKinds }))?.request as BatchRequest;

describe('POST /batches', () => {
  it('is accepted, tells workers, and freezes what names mean', async () => {
    const { status, json, headers } = await create({
      prompts: ['one', { input: 'two', expected: '2', graders: [{ type: 'exact' }], tags: ['t'] }],
      samples: 3,
      models: ['large', 'small'],
      params: { temperature: 1 },
      limits: { maxSteps: 5 },
      budget: { maxTokens: 1_000 },
    });
    expect([status, json.phase, headers.get('location')]).toEqual([202, 'queued', `/batches/${json.id}`]);
    expect(woken).toEqual([json.id]);
    expect((await api.get(`/batches/${json.id}`)).json).toMatchObject({
      id: json.id,
      size: 12,
      models: ['large', 'small'],
      tag: `batch:${json.id}`,
      budget: { maxTokens: 1_000 },
      begun: 0,
    });
    const request = await requestOf(json.id);
    expect(request.models.map(({ settings, limits }) => [settings.model, settings.params, limits.maxSteps])).toEqual([
      ['acme/large-1', { temperature: 1 }, 5],
      ['acme/small-1', { temperature: 1, seed: 7 }, 5],
    ]);
    expect(request.servers).toEqual(['files', 'web']);
  });

  it('is the same batch under the same key, and refused with other words', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const first = await create({ prompts: ['one'] }, headers);
    const second = await create({ prompts: ['one'] }, headers);
    expect([second.json.id, second.headers.get('idempotency-replayed')]).toEqual([first.json.id, 'true']);
    const other = await create({ prompts: ['two'] }, headers);
    expect([other.status, other.json.type]).toEqual([422, 'urn:turnlog:problem:key-reused']);
  });

  it.each([
    [{}, 'prompts'],
    [{ prompts: [] }, 'prompts'],
    [{ prompts: [{ prompt: 'one' }] }, 'prompts.0'],
    [{ prompts: ['one'], samples: 0 }, 'samples'],
    [{ prompts: ['one'], models: ['small', 'none'] }, 'models.1'],
    [{ prompts: ['one'], servers: ['none'] }, 'servers.0'],
    [{ prompts: ['one'], graders: [{ type: 'exact' }] }, 'graders.0'],
    [{ prompts: ['one'], graders: [{ type: 'regex', pattern: '(' }] }, 'graders.0'],
    [{ prompts: ['one'], graders: [{ type: 'command', command: 'rm' }] }, 'graders.0.type'],
    [{ prompts: ['one'], budget: { maxCost: 1 } }, 'budget.maxCost'],
    [{ prompts: ['one'], concurrency: 1_000 }, 'concurrency'],
  ])('refuses %j and names %s', async (body, path) => {
    const { status, json } = await create(body);
    expect([status, json.type, json.errors[0].path]).toEqual([422, 'urn:turnlog:problem:invalid-request', path]);
    expect(woken).toEqual([]);
  });

  it('takes more than other routes, and says when it is too much', async () => {
    const prompts = (count: number) => Array.from({ length: count }, () => 'x'.repeat(1_024));
    expect((await create({ prompts: prompts(2_000) })).status).toBe(202);
    expect((await create({ prompts: prompts(33_000) })).status).toBe(413);
  });
});

describe('a batch under way', () => {
  const item = (sample: number) => ({
    conversation: `c${sample}`,
    prompt: 0,
    model: 'small',
    sample,
    outcome: 'completed',
    promptTokens: 1,
    completionTokens: 2,
    cost: 0,
    rewards: { exact: 1 },
  });

  it('shows what has ended, page by page', async () => {
    const { id } = (await create({ prompts: ['one'], samples: 3 })).json;
    await bulk.claim(id, { worker: 'w', claim: `c-${id}`, kinds: bulkKinds });
    await bulk.report(`c-${id}`, { items: [0, 1, 2].map((sample) => ({ item: `00${sample}`, result: item(sample) })) });
    const first = (await api.get(`/batches/${id}/conversations?limit=2`)).json;
    expect(first).toEqual({ items: [item(0), item(1)], nextCursor: '001' });
    const rest = (await api.get(`/batches/${id}/conversations?cursor=001`)).json;
    expect(rest).toEqual({ items: [item(2)], nextCursor: null });
  });

  it('is cancelled, resumed and listed; what is not there is 404', async () => {
    const { id } = (await create({ prompts: ['one'] })).json;
    const resumed = await api.post(`/batches/${id}/resume`, { budget: { maxTokens: 7 } });
    expect([resumed.status, resumed.json.budget]).toEqual([202, { maxTokens: 7 }]);
    expect((await api.post(`/batches/${id}/cancel`, {})).status).toBe(202);
    expect((await bulk.find('batch', id))?.control).toEqual({ isCancelled: true, budget: { maxTokens: 7 } });
    expect((await api.get('/batches?limit=1')).json.items[0].id).toBe(id);
    const nowhere = '00000000-0000-4000-8000-00000000dead';
    for (const path of [`/batches/${nowhere}`, `/batches/${nowhere}/conversations`])
      expect((await api.get(path)).status).toBe(404);
    expect((await api.post(`/batches/${nowhere}/cancel`, {})).status).toBe(404);
  });
});
