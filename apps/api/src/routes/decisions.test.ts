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
    [{ decision: 'tell' }, 422, 'wrong-decision'],
    [{ decision: 'edit', digest: 'x', result: 'y' }, 422, 'invalid-request'],
    [{ decision: 'approve', digest: 'x', arguments: {} }, 422, 'invalid-request'],
    [{ decision: 'maybe' }, 422, 'invalid-request'],
  ])('refuses %j', async (body, status, type) => {
    const { path } = await waiting();
    const reply = await api.post(path, body);
    expect([reply.status, reply.json.type]).toEqual([status, `urn:turnlog:problem:${type}`]);
  });

  it('is refused for a call that never was', async () => {
    const { id } = await waiting();
    const { status, json } = await api.post(`/conversations/${id}/tool-calls/call_9_9/decision`, { decision: 'reject' });
    expect([status, json.type]).toEqual([404, 'urn:turnlog:problem:no-such-call']);
  });
});

describe('a question of a server', () => {
  const question = {
    message: 'Where?',
    requestedSchema: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', default: 3 } },
      required: ['city'],
    },
  };
  const asked = async () => {
    const { id, digest, path } = await waiting();
    await api.post(path, { decision: 'approve', digest });
    const attempt = { step: 2, attempt: 1, claim: 'c' };
    const envelope = (commandId: string) => ({ conversationId: id, commandId });
    await api.engine.handle({ type: 'StartAttempt', worker: 'w', ...attempt }, envelope('start'));
    await api.engine.handle({ type: 'RequestElicitation', ...attempt, elicitation: 'q', question }, envelope('ask'));
    return { id, path };
  };
  const lastEvent = async (id: string) => (await api.get(`/conversations/${id}/events`)).json.events.at(-1);

  it('is shown with its form, and with a digest', async () => {
    const { id } = await asked();

    const view = (await api.get(`/conversations/${id}`)).json;

    expect(view).toMatchObject({ phase: 'waiting', openSteps: [{ phase: 'elicitation' }] });
    expect(view.waitingFor).toMatchObject([
      { kind: 'elicitation', ...question, digest: expect.any(String), actions: ['accept', 'decline', 'dismiss'] },
    ]);
  });

  it.each([
    [
      { decision: 'accept', content: { city: 'Rome' } },
      { action: 'accept', content: { city: 'Rome', days: 3 } },
    ],
    [{ decision: 'decline' }, { action: 'decline' }],
    [{ decision: 'dismiss' }, { action: 'cancel' }],
  ])('is answered with %j', async (body, data) => {
    const { id, path } = await asked();

    const { status, json } = await api.post(path, body);

    expect([status, json.phase]).toEqual([202, 'running']);
    expect(await lastEvent(id)).toMatchObject({ type: 'ElicitationAnswered', data });
  });

  it.each([
    [{ decision: 'accept' }, 422, 'bad-content', 'city is missing'],
    [{ decision: 'accept', content: { city: 7 } }, 422, 'bad-content', 'city must be text'],
    [{ decision: 'accept', content: 'Rome' }, 422, 'invalid-request', ''],
    [{ decision: 'decline', content: {} }, 422, 'invalid-request', ''],
    [{ decision: 'accept', content: { city: 'Rome' }, digest: 'another' }, 409, 'stale-digest', ''],
    [{ decision: 'tell' }, 422, 'wrong-decision', 'accept, decline or dismiss'],
  ])('refuses %j, and nothing is written', async (body, status, type, detail) => {
    const { id, path } = await asked();
    const before = await lastEvent(id);

    const reply = await api.post(path, body);

    expect([reply.status, reply.json.type]).toEqual([status, `urn:turnlog:problem:${type}`]);
    expect(reply.json.detail).toContain(detail);
    expect(await lastEvent(id)).toEqual(before);
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

  it('records what a grader gave', async () => {
    const { id } = (await api.post('/conversations', {})).json;
    expect((await api.post(`/conversations/${id}/feedback`, { reward: 0.25, grader: 'exact' })).status).toBe(200);
    const { events } = (await api.get(`/conversations/${id}/events?after=1`)).json;
    expect(events[0]).toMatchObject({ type: 'FeedbackGiven', data: { reward: 0.25, grader: 'exact' } });
  });

  it.each([
    [{ reward: 'much' }, 422, 'invalid-request'],
    [{ grader: 'exact' }, 422, 'invalid-request'],
    [{ turn: 3, rating: 1 }, 404, 'no-such-turn'],
    [{ step: 1, rating: 1 }, 404, 'no-such-step'],
    [{ rating: 2 }, 422, 'invalid-request'],
    [{}, 422, 'invalid-request'],
  ])('refuses %j', async (body, status, type) => {
    const { id } = (await api.post('/conversations', {})).json;
    const reply = await api.post(`/conversations/${id}/feedback`, body);
    expect([reply.status, reply.json.type]).toEqual([status, `urn:turnlog:problem:${type}`]);
  });
});
