import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from '../testing/open-api.ts';
import { playWorker } from '../testing/play-worker.ts';

let api: OpenApi;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.stop());

describe('POST /conversations', () => {
  it('creates an idle conversation with every default', async () => {
    const { status, headers, json } = await api.post('/conversations', {});
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/conversations/${json.id}`);
    expect(json).toMatchObject({
      version: 1,
      phase: 'idle',
      model: 'small',
      messages: [],
      openSteps: [],
      tags: [],
      metadata: {},
    });
    expect(json.limits).toEqual({ maxSteps: 50, maxWallMs: 3_600_000, maxIdenticalCalls: 3 });
    const { events } = (await api.get(`/conversations/${json.id}/events`)).json;
    expect(events[0].data.servers).toEqual(['files', 'web']);
  });

  it('enqueues the first turn with an input', async () => {
    const { json } = await api.post('/conversations', { systemPrompt: 'Be brief.', input: 'Hello' });
    expect(json).toMatchObject({ phase: 'running', openSteps: [{ step: 1, kind: 'model', phase: 'due' }] });
    expect(json.messages.map(({ role }: { role: string }) => role)).toEqual(['system', 'user']);
  });

  it('freezes what was asked for over what was configured', async () => {
    const asked = {
      model: 'small',
      servers: ['web', 'web'],
      approval: { fetch: 'ask' },
      limits: { maxSteps: 5 },
      truncate: 100,
      params: { temperature: 0, top_p: 0.9 },
      metadata: { from: 'a test' },
      tags: ['one', 'one', '👩‍🔬 two'],
    };
    const { json } = await api.post('/conversations', asked);
    const { events } = (await api.get(`/conversations/${json.id}/events`)).json;
    expect(events[0].data).toMatchObject({
      model: { name: 'small', model: 'acme/small-1', params: { temperature: 0, seed: 7, top_p: 0.9 } },
      servers: ['web'],
      approval: { fetch: 'ask' },
      limits: { maxSteps: 5, maxWallMs: 3_600_000 },
      truncate: 100,
      metadata: { from: 'a test' },
      tags: ['one', '👩‍🔬 two'],
    });
  });

  it('works without any body', async () => {
    expect((await api.post('/conversations')).status).toBe(201);
  });

  it('records the request id as the correlation of its events', async () => {
    const { json } = await api.post('/conversations', { input: 'Hi' }, { 'x-request-id': 'my-request_1' });
    const { events } = (await api.get(`/conversations/${json.id}/events`)).json;
    expect(events.map(({ correlation }: { correlation: string }) => correlation)).toEqual(Array(3).fill('my-request_1'));
  });
});

describe('GET /conversations', () => {
  it('lists newest first, page by page', async () => {
    for (const input of ['one', 'two', 'three']) await api.post('/conversations', { input });
    const first = (await api.get('/conversations?limit=2')).json;
    expect(first.items.map(({ title }: { title: string }) => title)).toEqual(['three', 'two']);
    const second = (await api.get(`/conversations?limit=2&cursor=${first.nextCursor}`)).json;
    expect(second.items.map(({ title }: { title: string }) => title)).toEqual(['one']);
    expect(second.nextCursor).toBeNull();
  });

  it('filters by phase, model, tag, text and rating', async () => {
    await api.post('/conversations', { input: 'Find the Needle', model: 'large', tags: ['hay'] });
    const { json } = await api.post('/conversations', {});
    await api.post(`/conversations/${json.id}/feedback`, { rating: -1 });
    for (const query of ['phase=running', 'model=large', 'tag=hay', 'q=needle', 'rating=-1']) {
      const { items } = (await api.get(`/conversations?${query}`)).json;
      expect(items, query).toHaveLength(1);
    }
    expect((await api.get('/conversations?tag=hay&phase=idle')).json.items).toEqual([]);
  });
});

describe('GET /conversations/:id', () => {
  it('shows messages with their versions, and what is under way', async () => {
    const { id } = (await api.post('/conversations', { input: 'Hello' })).json;
    await playWorker(api.engine).modelAnswers(id, { content: 'Hi there.' });
    const { status, json } = await api.get(`/conversations/${id}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ id, phase: 'idle', usage: { promptTokens: 10, completionTokens: 5 }, openSteps: [] });
    expect(json.messages).toEqual([
      { version: 2, role: 'user', content: 'Hello' },
      { version: 5, role: 'assistant', content: 'Hi there.' },
    ]);
  });

  it('knows a conversation by its id in any case', async () => {
    const { id } = (await api.post('/conversations', {})).json;
    expect((await api.get(`/conversations/${id.toUpperCase()}`)).json.id).toBe(id);
  });
});
