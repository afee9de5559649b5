// Every way of steering a conversation wrongly: a problem of its own type, and not one event more in the whole log.

import type { EventStore } from '@turnlog/core';
import { aTool } from '@turnlog/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from './testing/open-api.ts';
import { playWorker } from './testing/play-worker.ts';

let api: OpenApi;
/** A conversation in every situation, by its name. */
const ids: Record<string, string> = {};
let digest: string;

const unknownId = '00000000-0000-4000-8000-000000000000';
const situations = ['idle', 'running', 'waiting', 'unknown', 'paused', 'stopped', 'erased', 'shared'] as const;
type Situation = (typeof situations)[number] | 'nowhere';

const started = async (body: object): Promise<string> => (await api.post('/conversations', { input: 'Look', ...body })).json.id;

/** A call of `look` at which the conversation stands. */
const asked = async (body: object): Promise<string> => {
  const id = await started(body);
  const worker = playWorker(api.engine);
  await worker.listTools(id, [aTool('look')]);
  await worker.modelAnswers(id, { calls: [['look', '{"path":"/a"}']] });
  return id;
};

const arrange: Record<(typeof situations)[number], () => Promise<string>> = {
  idle: async () => {
    const id = await asked({});
    const worker = playWorker(api.engine);
    await worker.toolReturns(id, 'call_1_1', 'a file');
    await worker.modelAnswers(id, { content: 'Done.' });
    return id;
  },
  running: () => started({}),
  waiting: () => asked({ approval: 'ask' }),
  unknown: async () => {
    const id = await asked({});
    const tell = (command: Parameters<OpenApi['engine']['handle']>[0], commandId: string) =>
      api.engine.handle(command, { conversationId: id, commandId });
    const at = { step: 2, attempt: 1, claim: 'c' };
    await tell({ type: 'StartAttempt', worker: 'w', ...at }, 'start');
    await tell({ type: 'RecordFailure', ...at, failure: { kind: 'lost', message: 'gone' }, sent: true }, 'lose');
    return id;
  },
  paused: () => asked({ limits: { maxSteps: 1 } }),
  stopped: async () => {
    const { json } = await api.post(`/conversations/${ids.idle}/replay`, { mode: 'cassette' });
    await playWorker(api.engine).modelAnswers(json.id, { calls: [['look', '{"path":"elsewhere"}']] });
    await api.engine.handle({ type: 'StopReplay', step: 2 }, { conversationId: json.id, commandId: 'stop' });
    return json.id;
  },
  erased: async () => {
    const id = await started({});
    await api.delete(`/conversations/${id}`);
    return id;
  },
  shared: async () => {
    const id = await started({});
    await api.post(`/conversations/${id}/fork`, { at: 2 });
    return id;
  },
};

beforeAll(async () => {
  api = await openApi();
  for (const situation of situations) ids[situation] = await arrange[situation]();
  ids.nowhere = unknownId;
  digest = (await api.get(`/conversations/${ids.waiting}`)).json.waitingFor[0].digest;
  const phases = await Promise.all(situations.map(async (one) => (await api.get(`/conversations/${ids[one]}`)).json.phase));
  expect(phases).toEqual(['idle', 'running', 'waiting', 'waiting', 'paused', 'paused', 'closed', 'running']);
});
afterAll(() => api.stop());

const decide = '/tool-calls/call_1_1/decision';
const theDigest = Symbol('the digest that was shown');

type Case = readonly [situation: Situation, path: string, body: object | undefined, status: number, type: string];

/** POST with a body, DELETE where the path begins with that word, else GET. */
const cases: readonly Case[] = [
  // A turn
  ['nowhere', '/turns', { input: 'x' }, 404, 'not-found'],
  ['erased', '/turns', { input: 'x' }, 409, 'closed'],
  ['running', '/turns', { input: 'x' }, 409, 'busy'],
  ['waiting', '/turns', { input: 'x' }, 409, 'busy'],
  ['paused', '/turns', { input: 'x', whileBusy: 'reject' }, 409, 'busy'],
  ['idle', '/turns', { input: 'x', whileBusy: 'shout' }, 422, 'invalid-request'],
  ['idle', '/turns', { input: '' }, 422, 'invalid-request'],
  ['idle', '/turns', {}, 422, 'invalid-request'],
  // A fork
  ['nowhere', '/fork', { at: 1 }, 404, 'not-found'],
  ['erased', '/fork', { at: 1 }, 409, 'closed'],
  ['idle', '/fork', { at: 999 }, 404, 'no-such-version'],
  ['running', '/fork', { at: 999, input: 'x' }, 404, 'no-such-version'],
  ['idle', '/fork', { at: 0 }, 422, 'invalid-request'],
  ['idle', '/fork', { at: 1.5 }, 422, 'invalid-request'],
  ['idle', '/fork', {}, 422, 'invalid-request'],
  ['idle', '/fork', { at: 1, edit: { content: 'x' } }, 422, 'nothing-to-edit'],
  ['idle', '/fork', { at: 2, model: 'no-such-model' }, 422, 'invalid-request'],
  ['idle', '/fork', { at: 2, servers: ['no-such-server'] }, 422, 'invalid-request'],
  // A decision
  ['nowhere', decide, { decision: 'reject' }, 404, 'not-found'],
  ['erased', decide, { decision: 'reject' }, 409, 'closed'],
  ['running', decide, { decision: 'reject' }, 404, 'no-such-call'],
  ['waiting', '/tool-calls/call_9_9/decision', { decision: 'reject' }, 404, 'no-such-call'],
  ['idle', decide, { decision: 'approve', digest: 'x' }, 409, 'not-waiting'],
  ['idle', decide, { decision: 'reject' }, 409, 'not-waiting'],
  ['idle', decide, { decision: 'retry' }, 409, 'not-waiting'],
  ['paused', decide, { decision: 'reject' }, 409, 'not-waiting'],
  ['waiting', decide, { decision: 'approve' }, 422, 'digest-required'],
  ['waiting', decide, { decision: 'edit', arguments: {} }, 422, 'digest-required'],
  ['waiting', decide, { decision: 'approve', digest: 'another' }, 409, 'stale-digest'],
  ['waiting', decide, { decision: 'edit', arguments: {}, digest: 'another' }, 409, 'stale-digest'],
  ['waiting', decide, { decision: 'edit', arguments: 'no object', digest: theDigest }, 422, 'bad-arguments'],
  ['waiting', decide, { decision: 'edit', digest: theDigest }, 422, 'bad-arguments'],
  ['waiting', decide, { decision: 'retry' }, 422, 'wrong-decision'],
  ['waiting', decide, { decision: 'tell' }, 422, 'wrong-decision'],
  ['waiting', decide, { decision: 'perhaps' }, 422, 'invalid-request'],
  ['waiting', decide, { decision: 'approve', digest: theDigest, arguments: {} }, 422, 'invalid-request'],
  ['unknown', decide, { decision: 'approve', digest: 'x' }, 422, 'wrong-decision'],
  ['unknown', decide, { decision: 'resolve' }, 422, 'result-required'],
  ['unknown', decide, { decision: 'tell', result: 'x' }, 422, 'invalid-request'],
  // Resuming
  ['nowhere', '/resume', {}, 404, 'not-found'],
  ['erased', '/resume', {}, 409, 'closed'],
  ['idle', '/resume', {}, 409, 'not-paused'],
  ['running', '/resume', { limits: { maxSteps: 99 } }, 409, 'not-paused'],
  ['waiting', '/resume', {}, 409, 'not-paused'],
  ['paused', '/resume', {}, 409, 'limit-not-raised'],
  ['paused', '/resume', { limits: { maxTokens: 9 } }, 409, 'limit-not-raised'],
  ['paused', '/resume', { limits: { maxSteps: -1 } }, 422, 'invalid-request'],
  ['stopped', '/resume', { limits: { maxSteps: 99 } }, 409, 'replay-stopped'],
  // Cancelling
  ['nowhere', '/cancel', {}, 404, 'not-found'],
  ['erased', '/cancel', {}, 409, 'closed'],
  ['idle', '/cancel', {}, 409, 'no-open-turn'],
  ['running', '/cancel', { reason: '' }, 422, 'invalid-request'],
  // Replays
  ['nowhere', '/replay', { mode: 'verify' }, 404, 'not-found'],
  ['nowhere', '/replay', { mode: 'project' }, 404, 'not-found'],
  ['nowhere', '/replay', { mode: 'live' }, 404, 'not-found'],
  ['idle', '/replay', { mode: 'project', at: 999 }, 404, 'no-such-version'],
  ['idle', '/replay', { mode: 'verify', at: 999 }, 404, 'no-such-version'],
  ['idle', '/replay', { mode: 'cassette', at: 999 }, 404, 'no-such-version'],
  ['idle', '/replay', { mode: 'cassette', at: 1 }, 422, 'nothing-to-replay'],
  ['erased', '/replay', { mode: 'live' }, 409, 'closed'],
  ['idle', '/replay', { mode: 'live', model: 'no-such-model' }, 422, 'invalid-request'],
  ['idle', '/replay', { mode: 'rewind' }, 422, 'invalid-request'],
  // Feedback
  ['nowhere', '/feedback', { rating: 1 }, 404, 'not-found'],
  ['erased', '/feedback', { rating: 1 }, 409, 'closed'],
  ['idle', '/feedback', { turn: 9, rating: 1 }, 404, 'no-such-turn'],
  ['idle', '/feedback', { step: 99, rating: 1 }, 404, 'no-such-step'],
  ['idle', '/feedback', { rating: 2 }, 422, 'invalid-request'],
  ['idle', '/feedback', { turn: 1 }, 422, 'invalid-request'],
  // Erasing
  ['nowhere', 'DELETE', undefined, 404, 'not-found'],
  ['shared', 'DELETE', undefined, 409, 'shared-prefix'],
  ['shared', 'DELETE?forks=refuse', undefined, 409, 'shared-prefix'],
  ['shared', 'DELETE?forks=maybe', undefined, 422, 'invalid-request'],
  // Reading
  ['nowhere', '', undefined, 404, 'not-found'],
  ['nowhere', '/state', undefined, 404, 'not-found'],
  ['nowhere', '/events', undefined, 404, 'not-found'],
  ['nowhere', '/tree', undefined, 404, 'not-found'],
  ['nowhere', '/trace', undefined, 404, 'not-found'],
  ['idle', '/state?at=999', undefined, 404, 'no-such-version'],
  ['idle', '/state?at=0', undefined, 422, 'invalid-request'],
  ['idle', '/events?after=-1', undefined, 422, 'invalid-request'],
  ['nowhere', `/diff?with=${unknownId}`, undefined, 404, 'not-found'],
  ['idle', `/diff?with=${unknownId}`, undefined, 404, 'not-found'],
  ['idle', '/diff?with=no-id', undefined, 422, 'invalid-request'],
  ['idle', '/diff', undefined, 422, 'invalid-request'],
];

const countOf = async (store: EventStore): Promise<number> => (await store.readAll(undefined, 1_000_000)).length;

const ask = (id: string, path: string, body: object | undefined) => {
  if (path.startsWith('DELETE')) return api.delete(`/conversations/${id}${path.slice('DELETE'.length)}`);
  if (body === undefined) return api.get(`/conversations/${id}${path}`);
  const shown = 'digest' in body && body.digest === theDigest ? { ...body, digest } : body;
  return api.post(`/conversations/${id}${path}`, shown);
};

describe('a request that cannot be right', () => {
  it.each(cases)('of a conversation that is %s: %s %j is %i %s', async (situation, path, body, status, type) => {
    const id = ids[situation] ?? '';
    const before = await countOf(api.store);

    const reply = await ask(id, path, body);

    expect([reply.status, reply.json.type]).toEqual([status, `urn:turnlog:problem:${type}`]);
    expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(reply.json).toMatchObject({ status, title: expect.any(String), detail: expect.stringMatching(/\w/) });
    expect(await countOf(api.store)).toBe(before);
  });

  it.each(['turns', 'fork', 'resume', 'cancel', 'replay', 'feedback'])('/%s of an id that is none is refused', async (route) => {
    const before = await countOf(api.store);
    const reply = await api.post(`/conversations/no-id/${route}`, {});
    expect([reply.status, reply.json.type]).toEqual([404, 'urn:turnlog:problem:not-found']);
    expect(await countOf(api.store)).toBe(before);
  });

  it('a decision that was made is not made again, and says so', async () => {
    const id = await arrange.waiting();
    const { waitingFor } = (await api.get(`/conversations/${id}`)).json;
    const approve = { decision: 'approve', digest: waitingFor[0].digest };
    expect((await api.post(`/conversations/${id}${decide}`, approve)).status).toBe(202);
    const before = await countOf(api.store);
    for (const body of [approve, { decision: 'reject' }]) {
      const { status, json } = await api.post(`/conversations/${id}${decide}`, body);
      expect([status, json.type]).toEqual([409, 'urn:turnlog:problem:not-waiting']);
    }
    expect(await countOf(api.store)).toBe(before);
  });
});
