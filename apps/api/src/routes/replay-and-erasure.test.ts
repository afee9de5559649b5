import { createInMemoryDatasetRegistry, createInMemoryEventStore } from '@turnlog/core';
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

describe('POST /conversations/:id/replay', () => {
  const replay = (body: object) => api.post(`/conversations/${id}/replay`, body);

  it('projects any version, and executes nothing', async () => {
    const { status, json } = await replay({ mode: 'project', at: 3 });
    expect([status, json.at, json.executed, json.phase]).toEqual([200, 3, 'nothing', 'running']);
    expect(json.messages).toEqual((await api.get(`/conversations/${id}/state?at=3`)).json.messages);
    expect((await api.get(`/conversations/${id}`)).json.version).toBe(version);
  });

  it('verifies any version of a conversation and of a fork', async () => {
    for (let at = 1; at <= version; at += 1)
      expect((await replay({ mode: 'verify', at })).json).toMatchObject({ at, verdict: 'verified', executed: 'nothing' });
    const child = (await fork({ at: version, input: 'x' })).json.id;
    expect((await api.post(`/conversations/${child}/replay`, { mode: 'verify' })).json.verdict).toBe('verified');
  });

  it('refuses what it cannot do', async () => {
    expect((await replay({ mode: 'verify', at: 999 })).json.type).toBe('urn:turnlog:problem:no-such-version');
    expect((await replay({ mode: 'rewind' })).status).toBe(422);
    expect((await api.post('/conversations/00000000-0000-4000-8000-000000000000/replay', { mode: 'verify' })).status).toBe(404);
  });

  it('names the first version that differs', async () => {
    const changed = await openApi({
      store: {
        ...api.store,
        read: async (...asked) =>
          (await api.store.read(...asked)).map((event) =>
            event.version === 3 ? { ...event, recordedAt: '2001-01-01T00:00:00.000Z' } : event,
          ),
      },
    });
    const { json } = await changed.post(`/conversations/${id}/replay`, { mode: 'verify' });
    await changed.stop();
    expect(json).toMatchObject({ verdict: 'differs', difference: { version: 3, kind: 'time' } });
  });
});

describe('DELETE /conversations/:id', () => {
  const erase = (query = '') => api.delete(`/conversations/${id}${query}`);

  it('leaves versions and nothing that was said', async () => {
    const { status, json } = await erase();
    expect([status, json]).toEqual([
      200,
      { id, version: version + 1, phase: 'closed', erased: [id], detached: [], datasets: [] },
    ]);
    const view = (await api.get(`/conversations/${id}`)).json;
    expect(view).toMatchObject({ phase: 'closed', messages: [], tags: [], version: version + 1 });
    const { text, json: page } = await api.get(`/conversations/${id}/events`);
    expect(text).not.toMatch(/Look|file|brief/);
    expect(page.events).toHaveLength(version + 1);
    expect((await api.get('/conversations?q=Look')).json.items).toEqual([]);
    expect((await api.post(`/conversations/${id}/replay`, { mode: 'verify' })).json.verdict).toBe('erased');
    expect((await api.get(`/conversations/${id}/state?at=3`)).json).toMatchObject({ phase: 'closed', messages: [] });
    expect((await erase()).json).toEqual(json);
  });

  it('names the datasets that hold rows of it or of a fork of it, and does so again', async () => {
    const datasets = createInMemoryDatasetRegistry(createInMemoryEventStore());
    const other = await openApi({ datasets });
    const made = (await other.post('/conversations', { input: 'Secret' })).json.id;
    await datasets.register({ dataset: 'owner/traces', conversations: [made], keepsFormer: true });
    await datasets.register({ dataset: '/data/exports/sft', conversations: [made] });
    await datasets.register({ dataset: '/data/exports/other', conversations: [id] });
    for (const time of ['once', 'twice'])
      expect([time, (await other.delete(`/conversations/${made}`)).json.datasets]).toEqual([
        time,
        ['/data/exports/sft', 'owner/traces'],
      ]);
    await other.stop();
  });

  it('lets nothing follow', async () => {
    await erase();
    for (const [path, body] of [
      ['turns', { input: 'x' }],
      ['fork', { at: 2 }],
      ['feedback', { rating: 1 }],
    ] as const) {
      const { status, json } = await api.post(`/conversations/${id}/${path}`, body);
      expect([path, status, json.type]).toEqual([path, 409, 'urn:turnlog:problem:closed']);
    }
  });

  it('is refused while forks share its events, and names them', async () => {
    const child = (await fork({ at: 3 })).json.id;
    const { status, json } = await erase();
    expect([status, json.type, json.forks]).toEqual([409, 'urn:turnlog:problem:shared-prefix', [child]]);
    expect((await api.get(`/conversations/${id}`)).json.phase).toBe('idle');
  });

  it('gives forks the shared events first, where it is told to', async () => {
    const child = (await fork({ at: version })).json.id;
    const before = (await api.get(`/conversations/${child}`)).text;
    expect((await erase('?forks=detach')).json).toMatchObject({ erased: [id], detached: [child] });
    api.engine.forget(child);
    expect((await api.get(`/conversations/${child}`)).text).toBe(before);
    expect((await api.get(`/conversations/${child}/tree`)).json.members).toMatchObject([{ id, phase: 'closed' }, { id: child }]);
  });

  it('erases forks too, where it is told to', async () => {
    const child = (await fork({ at: version, input: 'Secret' })).json.id;
    expect((await erase('?forks=erase')).json.erased).toEqual([id, child]);
    expect((await api.get(`/conversations/${child}/events`)).text).not.toMatch(/Secret|Look/);
    expect((await api.get(`/conversations/${child}`)).json).toMatchObject({
      phase: 'closed',
      forkedFrom: { conversationId: id },
    });
  });

  it('answers the repetition of a keyed creation with what is left', async () => {
    const key = { 'idempotency-key': 'k' };
    const made = await api.post('/conversations', { input: 'Secret' }, key);
    await api.delete(`/conversations/${made.json.id}`);
    const again = await api.post('/conversations', { input: 'Secret' }, key);
    expect([again.status, again.json.id, again.json.phase]).toEqual([201, made.json.id, 'closed']);
  });

  it('of nothing is 404, and with another word 422', async () => {
    expect((await api.delete('/conversations/00000000-0000-4000-8000-000000000000')).status).toBe(404);
    expect((await erase('?forks=maybe')).status).toBe(422);
  });
});
