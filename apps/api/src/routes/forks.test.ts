import type { Recorded } from '@turnlog/core';
import { aTool } from '@turnlog/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from '../testing/open-api.ts';
import { playWorker } from '../testing/play-worker.ts';

let api: OpenApi;
let id: string;
let version: number;
beforeEach(async () => {
  api = await openApi();
  id = (await api.post('/conversations', { systemPrompt: 'Be brief.', input: 'Look', tags: ['a'] })).json.id;
  const worker = playWorker(api.engine);
  await worker.listTools(id, [aTool('look')]);
  await worker.modelAnswers(id, { calls: [['look', '{"path":"/a"}']] });
  await worker.toolReturns(id, 'call_1_1', 'a file');
  await worker.modelAnswers(id, { content: 'There is a file.' });
  version = (await api.get(`/conversations/${id}`)).json.version;
});
afterEach(() => api.stop());

const fork = (body: object, headers = {}) => api.post(`/conversations/${id}/fork`, body, headers);
const contents = ({ messages }: { messages: { content: string }[] }) => messages.map(({ content }) => content);

describe('POST /conversations/:id/fork', () => {
  it('makes a conversation that shares the prefix, at every version, and leaves the parent alone', async () => {
    for (let at = 1; at <= version; at += 1) {
      const { status, headers, json } = await fork({ at });
      expect([status, headers.get('location')]).toEqual([201, `/conversations/${json.id}`]);
      expect(json).toMatchObject({
        phase: 'idle',
        version: at + 1,
        tags: ['a'],
        forkedFrom: { conversationId: id, version: at },
      });
      const { events } = (await api.get(`/conversations/${json.id}/events`)).json;
      expect(events.map((event: Recorded) => event.version)).toEqual(Array.from({ length: at + 1 }, (_, index) => index + 1));
    }
    expect((await api.get(`/conversations/${id}`)).json.version).toBe(version);
  });

  it('goes on with another model, system prompt and other servers', async () => {
    const { json } = await fork({
      at: version,
      model: 'large',
      systemPrompt: 'Be rude.',
      servers: ['web', 'web'],
      input: 'More',
    });
    expect(json).toMatchObject({ model: 'large', phase: 'running' });
    expect(contents(json)).toEqual(['Be rude.', 'Look', '', 'a file', 'There is a file.', 'More']);
    const { events } = (await api.get(`/conversations/${json.id}/events?after=${version}`)).json;
    expect(events.map(({ type }: Recorded) => type)).toEqual(['ConversationForked', 'TurnStarted', 'StepScheduled']);
    expect(events[0].data).toMatchObject({ servers: ['web'], supersede: false });
  });

  it('replaces the last user message', async () => {
    const { json } = await fork({ at: version, edit: { content: 'Look again' }, supersede: true });
    expect(contents(json)).toEqual(['Be brief.', 'Look again']);
    expect(json).toMatchObject({ phase: 'running', forkedFrom: { supersededAfter: 1 } });
  });

  it('makes one fork for one Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'f1' };
    const replies = await Promise.all(Array.from({ length: 8 }, () => fork({ at: version, input: 'More' }, key)));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect((await fork({ at: 1 }, key)).json.type).toBe('urn:turnlog:problem:key-reused');
    expect((await api.get('/conversations')).json.items).toHaveLength(2);
  });

  it.each([
    ['version 0', { at: 0 }, 'invalid-request'],
    ['no version', {}, 'invalid-request'],
    ['an unknown model', { at: 1, model: 'huge' }, 'invalid-request'],
    ['an unknown server', { at: 1, servers: ['nowhere'] }, 'invalid-request'],
    ['an edit where nothing was said', { at: 1, edit: { content: 'x' } }, 'nothing-to-edit'],
    ['a misspelt field', { at: 1, imput: 'x' }, 'invalid-request'],
  ])('refuses %s', async (_, body, type) => {
    const { status, json } = await fork(body);
    expect([status, json.type]).toEqual([422, `urn:turnlog:problem:${type}`]);
  });

  it('of nothing is 404', async () => {
    expect((await api.post('/conversations/00000000-0000-4000-8000-000000000000/fork', { at: 1 })).status).toBe(404);
  });
});

describe('GET /conversations/:id/tree', () => {
  it('shows the family to each of its members', async () => {
    const child = (await fork({ at: 3 })).json.id;
    const grandchild = (await api.post(`/conversations/${child}/fork`, { at: 4, input: 'x' })).json.id;
    const { json } = await api.get(`/conversations/${grandchild}/tree`);
    expect(json).toMatchObject({
      root: id,
      isCut: false,
      members: [
        { id, title: 'Look', phase: 'idle', version, children: [child] },
        { id: child, parent: id, at: 3, phase: 'idle', version: 4, children: [grandchild] },
        { id: grandchild, parent: child, at: 4, phase: 'running', children: [] },
      ],
    });
    expect((await api.get(`/conversations/${id}/tree`)).json).toEqual(json);
  });

  it('of nothing is 404', async () => {
    expect((await api.get('/conversations/00000000-0000-4000-8000-000000000000/tree')).status).toBe(404);
  });
});

describe('GET /conversations/:id/diff', () => {
  it('says where two part, and what each says from there', async () => {
    const other = (await fork({ at: version, edit: { content: 'Look again' } })).json.id;
    const { json } = await api.get(`/conversations/${id}/diff?with=${other}`);
    expect(json).toMatchObject({ here: id, there: other, divergesAt: version + 1, versions: { here: version } });
    expect(json.messages.map(({ change }: { change: string }) => change)).toEqual([
      'same',
      ...Array(4).fill('only_here'),
      'only_there',
    ]);
  });

  it('needs another conversation that there is', async () => {
    expect((await api.get(`/conversations/${id}/diff`)).status).toBe(422);
    expect((await api.get(`/conversations/${id}/diff?with=nonsense`)).status).toBe(422);
    expect((await api.get(`/conversations/${id}/diff?with=00000000-0000-4000-8000-000000000000`)).status).toBe(404);
  });
});
