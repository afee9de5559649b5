import { createInMemoryEventStore, StoreUnavailable, UnreadableConversation } from '@turnlog/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askRaw } from './testing/ask-raw.ts';
import { bearer, type OpenApi, openApi } from './testing/open-api.ts';

let api: OpenApi;
let id: string;
beforeAll(async () => {
  api = await openApi();
  id = (await api.post('/conversations', {})).json.id;
});
afterAll(() => api.stop());

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('a bad body', () => {
  it.each([
    ['malformed JSON', '{"input":', 400, 'malformed-json'],
    ['half of a surrogate pair', '{"input":"x\\ud800y"}', 422, 'invalid-request'],
    ['a text instead of an object', '"hello"', 422, 'invalid-request'],
    ['null', 'null', 422, 'invalid-request'],
    ['an array', '[]', 422, 'invalid-request'],
    ['10 MB', `{"input":"${'x'.repeat(10_000_000)}"}`, 413, 'body-too-large'],
    ['65 levels', `{"metadata":${nested(64)}}`, 422, 'invalid-request'],
    ['400,000 levels', nested(170_000), 422, 'invalid-request'],
  ])('of %s is refused', async (_what, body, status, type) => {
    const reply = await api.post('/conversations', body);
    expect([reply.status, reply.json.type]).toEqual([status, `urn:turnlog:problem:${type}`]);
  });

  it('of 64 levels is taken', async () => {
    expect((await api.post('/conversations', `{"metadata":${nested(63)}}`)).status).toBe(201);
  });

  it('that is too large is answered though it comes in pieces', async () => {
    const headers = { ...bearer, 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const response = await askRaw(api.url, {
      method: 'POST',
      path: '/conversations',
      headers,
      body: Buffer.alloc(10_000_000, 'x'),
    });
    expect(response.status).toBe(413);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/json',
    'application/jsonp',
    '',
  ])('of type %j is refused', async (type) => {
    const { status, text } = await askRaw(api.url, {
      method: 'POST',
      path: '/conversations',
      headers: { ...bearer, ...(type !== '' && { 'content-type': type }) },
      body: '{}',
    });
    expect([status, JSON.parse(text).type]).toEqual([415, 'urn:turnlog:problem:unsupported-media-type']);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset=UTF-8'])(
    'of type %j is taken',
    async (type) => {
      expect((await api.post('/conversations', '{}', { 'content-type': type })).status).toBe(201);
    },
  );

  it('names every field that is unknown or wrong', async () => {
    const body = {
      sytemPrompt: 'typo',
      input: 5,
      limits: { maxSteps: 0, maxDays: 1 },
      tags: ['', 'a\u0000b'],
      approval: 'maybe',
    };
    const { status, json } = await api.post('/conversations', body);
    expect(status).toBe(422);
    const paths = json.errors.map(({ path }: { path: string }) => path).sort();
    expect(paths).toEqual(['approval', 'input', 'limits.maxDays', 'limits.maxSteps', 'sytemPrompt', 'tags.0', 'tags.1'].sort());
    expect(json.detail).toContain('sytemPrompt: There is no such field.');
  });

  it.each([
    [{ model: 'nope' }, 'model', 'There is no model "nope". Known: small, large.'],
    [{ servers: ['files', 'nope'] }, 'servers.1', 'There is no server "nope". Known: files, web.'],
    [{ params: { messages: [] } }, 'params.messages', 'This field is set by the engine itself.'],
    [{ params: { extra_body: { n: 2 } } }, 'params.extra_body.n', 'This field is set by the engine itself.'],
    [{ metadata: { a: 'x'.repeat(17_000) } }, 'metadata', 'Must be at most 16384 bytes of JSON.'],
  ])('%#: names what there is instead', async (body, path, message) => {
    const { status, json } = await api.post('/conversations', body);
    expect([status, json.errors]).toEqual([422, [{ path, message }]]);
  });

  it.each(['turns', 'cancel', 'resume', 'feedback', 'tool-calls/call_1_1/decision'])(
    'with an unknown field is refused by %s',
    async (route) => {
      const { status, json } = await api.post(`/conversations/${id}/${route}`, { nonsense: 1 });
      expect(status).toBe(422);
      expect(json.errors).toContainEqual({ path: 'nonsense', message: 'There is no such field.' });
    },
  );
});

describe('a bad address', () => {
  const missing = '00000000-0000-4000-8000-00000000dead';

  it.each(['', '/events', '/state', '/trace'])('of an unknown conversation%s is 404', async (rest) => {
    const { status, json } = await api.get(`/conversations/${missing}${rest}`);
    expect([status, json.detail]).toEqual([404, `There is no conversation ${missing}.`]);
    expect((await api.get(`/conversations/not-an-id${rest}`)).status).toBe(404);
  });

  it.each([
    ['turns', { input: 'x' }],
    ['cancel', {}],
    ['resume', {}],
    ['feedback', { rating: 1 }],
    ['tool-calls/call_1_1/decision', { decision: 'reject' }],
  ])('of an unknown conversation is 404 for %s', async (route, body) => {
    expect((await api.post(`/conversations/${missing}/${route}`, body)).status).toBe(404);
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=1e2',
    'limit=',
    'limit=1&limit=2',
    'cursor=',
    'cursor=nonsense',
    'q=%00',
    'tag=%00',
    'phase=asleep',
    'rating=5',
    'sort=up',
  ])('with ?%s is 422', async (query) => {
    const { status, json } = await api.get(`/conversations?${query}`);
    expect([status, json.errors.length]).toEqual([422, 1]);
  });

  it.each([
    'state?at=0',
    'state?at=-1',
    'state?at=x',
    'state?at=1.5',
    'events?after=-1',
    'events?after=99999999999999999999',
    'events?limit=500',
  ])('with %s is 422', async (rest) => {
    expect((await api.get(`/conversations/${id}/${rest}`)).status).toBe(422);
  });

  it('with a broken escape is 400', async () => {
    expect((await api.get('/conversations/%zz')).json.type).toBe('urn:turnlog:problem:malformed-request');
  });

  it('that no route has is 404, and a wrong method 405 with Allow', async () => {
    expect((await api.get('/nowhere')).json.type).toBe('urn:turnlog:problem:no-such-route');
    const { status, headers } = await api.get(`/conversations/${id}/turns`);
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    const response = await fetch(`${api.url}/conversations`, { method: 'DELETE', headers: bearer });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD']);
  });
});

describe('a fault of ours', () => {
  const failing = async (error: Error) => {
    const store = createInMemoryEventStore();
    const broken = await openApi({ store: { ...store, read: () => Promise.reject(error) } });
    const reply = await broken.get(`/conversations/${id}`);
    await broken.stop();
    return { ...reply, logged: broken.logged };
  };

  it('tells nothing of its cause, and logs it with the request id', async () => {
    const { status, text, json, logged } = await failing(new Error('SELECT secret FROM events'));
    expect([status, json.type]).toEqual([500, 'urn:turnlog:problem:internal']);
    expect(text).not.toMatch(/SELECT|\.ts|at /);
    expect(logged.join()).toContain(json.requestId);
    expect(logged.join()).toContain('SELECT secret');
  });

  it('says so if the database is out of reach', async () => {
    const { status, headers } = await failing(new StoreUnavailable(60_000, new Error('gone')));
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('says which version of a conversation cannot be read', async () => {
    const { status, json } = await failing(new UnreadableConversation(id, 3, 'it is of the future.'));
    expect([status, json.detail]).toEqual([500, `Conversation ${id} cannot be read at version 3: it is of the future.`]);
  });
});
