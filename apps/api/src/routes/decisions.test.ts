import { aTool } from '@turnlog/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from '../testing/open-api.ts';
import { playWorker } from '../testing/play-worker.ts';

let api: OpenApi;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.stop());

/** A call of `look` that waits for approval. */
const waiting = async () => {
  const { id } = (await api.post('/conversations', { input: 'Look', approval: 'ask' })).json;
  const worker = playWorker(api.engine);
  await worker.listTools(id, [aTool('look')]);
  await worker.modelAnswers(id, { calls: [['look', '{"path":"/a"}']] });
  const view = (await api.get(`/conversations/${id}`)).json;
  expect(view.phase).toBe('waiting');
  const [{ callId, digest }] = view.waitingFor;
  return { id, digest, path: `/conversations/${id}/tool-calls/${callId}/decision` };
};

describe('POST /conversations/:id/tool-calls/:callId/decision', () => {
  it('approves a call with the digest that was shown', async () => {
    const { id, digest, path } = await waiting();
    const { status, json } = await api.post(path, { decision: 'approve', digest });
    expect(status).toBe(202);
    expect(json).toMatchObject({ id, phase: 'running' });
  });

  it('rejects a call with a reason for the model', async () => {
    const { id, path } = await waiting();
    expect((await api.post(path, { decision: 'reject', reason: 'Not that one.' })).status).toBe(202);
    const { messages } = (await api.get(`/conversations/${id}/state`)).json;
    expect(messages.at(-1)).toMatchObject({ role: 'tool', content: expect.stringContaining('Not that one.') });
  });

  it.each([{ path: '/b' }, '{"path":"/b"}'])('edits the arguments, given as %j, and keeps them as text', async (given) => {
    const { id, digest, path } = await waiting();
    expect((await api.post(path, { decision: 'edit', arguments: given, digest })).status).toBe(202);
    const { events } = (await api.get(`/conversations/${id}/events`)).json;
    expect(events.find(({ type }: { type: string }) => type === 'ToolCallEdited').data.arguments).toBe('{"path":"/b"}');
  });

  it.each([
    [{ decision: 'approve' }, 422, 'digest-required'],
    [{ decision: 'approve', digest: 'another' }, 409, 'stale-digest'],
    [{ decision: 'tell' }, 422, 'not-possible'],
    [{ decision: 'edit', digest: 'x', result: 'y' }, 422, 'invalid-request'],
    [{ decision: 'approve', digest: 'x', arguments: {} }, 422, 'invalid-request'],
    [{ decision: 'maybe' }, 422, 'invalid-request'],
  ])('refuses %j', async (body, status, type) => {
    const { path } = await waiting();
    const reply = await api.post(path, body);
    expect([reply.status, reply.json.type]).toEqual([status, `urn:turnlog:problem:${type}`]);
  });

  it('is refused for a call that does not wait', async () => {
    const { id } = await waiting();
    const { status, json } = await api.post(`/conversations/${id}/tool-calls/call_9_9/decision`, { decision: 'reject' });
    expect([status, json.type]).toEqual([409, 'urn:turnlog:problem:not-waiting']);
  });
});

describe('a call whose outcome is unknown', () => {
  const unknown = async () => {
    const { id, digest, path } = await waiting();
    await api.post(path, { decision: 'approve', digest });
    const { turn } = await api.engine.load(id, { fresh: true });
    const [step] = turn?.steps ?? [];
    const attempt = { step: step?.step ?? 0, attempt: 1, claim: 'c' };
    const envelope = (commandId: string) => ({ conversationId: id, commandId });
    await api.engine.handle({ type: 'StartAttempt', worker: 'w', ...attempt }, envelope('start'));
    const failure = { kind: 'lost', message: 'The worker died.' } as const;
    await api.engine.handle({ type: 'RecordFailure', ...attempt, failure, sent: true }, envelope('lose'));
    return { id, path };
  };

  it.each([
    ['as text', 'It was done.'],
    ['as an MCP result', { content: [{ type: 'text', text: 'It was done.' }] }],
  ])('is resolved with a result %s', async (_how, result) => {
    const { id, path } = await unknown();
    expect((await api.get(`/conversations/${id}`)).json.waitingFor).toMatchObject([
      { kind: 'unknown', actions: ['retry', 'resolve', 'tell'] },
    ]);
    expect((await api.post(path, { decision: 'resolve', result })).status).toBe(202);
    expect((await api.get(`/conversations/${id}/state`)).json.messages.at(-1).content).toBe('It was done.');
  });
});

describe('POST /conversations/:id/feedback', () => {
  it('records a rating and tags, which the list then shows', async () => {
    const { id } = (await api.post('/conversations', {})).json;
    const { status, json } = await api.post(`/conversations/${id}/feedback`, {
      rating: 1,
      tags: ['good'],
      comment: 'Well done.',
    });
    expect(status).toBe(200);
    expect(json).toEqual({ id, version: 2, phase: 'idle' });
    expect((await api.get('/conversations?rating=1&tag=good')).json.items).toHaveLength(1);
  });

  it.each([
    [{ turn: 3, rating: 1 }, 'not-possible'],
    [{ rating: 2 }, 'invalid-request'],
    [{}, 'invalid-request'],
  ])('refuses %j', async (body, type) => {
    const { id } = (await api.post('/conversations', {})).json;
    const reply = await api.post(`/conversations/${id}/feedback`, body);
    expect([reply.status, reply.json.type]).toEqual([422, `urn:turnlog:problem:${type}`]);
  });
});
