import { aTool } from '@turnlog/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from '../testing/open-api.ts';
import { playWorker } from '../testing/play-worker.ts';

let api: OpenApi;
let id: string;
beforeEach(async () => {
  api = await openApi();
  id = (await api.post('/conversations', {})).json.id;
});
afterEach(() => api.stop());

describe('POST /conversations/:id/turns', () => {
  it('starts a turn and says its number', async () => {
    const { status, json } = await api.post(`/conversations/${id}/turns`, { input: 'Hello' });
    expect(status).toBe(202);
    expect(json).toEqual({ id, turn: 1, version: 3 });
  });

  it('refuses a second turn while one is open', async () => {
    await api.post(`/conversations/${id}/turns`, { input: 'One' });
    const { status, json } = await api.post(`/conversations/${id}/turns`, { input: 'Two' });
    expect(status).toBe(409);
    expect(json).toMatchObject({ type: 'urn:turnlog:problem:busy', status: 409 });
    expect(json.detail).toContain('whileBusy');
  });

  it.each([
    ['queue', 2],
    ['steer', 1],
    ['interrupt', 2],
    ['rollback', 2],
  ])('with whileBusy %s it is heard in turn %i', async (whileBusy, turn) => {
    await api.post(`/conversations/${id}/turns`, { input: 'One' });
    const { status, json } = await api.post(`/conversations/${id}/turns`, { input: 'Two', whileBusy });
    expect(status).toBe(202);
    expect(json.turn).toBe(turn);
  });
});

describe('the number that a queued input is told', () => {
  it('is a forecast: what interrupts comes first', async () => {
    await api.post(`/conversations/${id}/turns`, { input: 'One' });
    const queued = await api.post(`/conversations/${id}/turns`, { input: 'Queued', whileBusy: 'queue' });
    const interrupting = await api.post(`/conversations/${id}/turns`, { input: 'Now', whileBusy: 'interrupt' });
    await playWorker(api.engine).modelAnswers(id, { content: 'Done.' });

    const { events } = (await api.get(`/conversations/${id}/events`)).json;
    const queuedTurn = events.find(({ data }: { data: { fromQueue?: true } }) => data.fromQueue).data;
    expect([queued.json.turn, interrupting.json.turn, queuedTurn.turn]).toEqual([2, 2, 3]);
  });

  it('is said to be one in the OpenAPI document', async () => {
    const { json } = await api.get('/openapi.json');
    expect(json.paths['/conversations/{id}/turns'].post.description).toContain('reserves no number');
  });
});

describe('POST /conversations/:id/cancel', () => {
  it('stops the open turn', async () => {
    await api.post(`/conversations/${id}/turns`, { input: 'One' });
    const { status, json } = await api.post(`/conversations/${id}/cancel`, { reason: 'Enough.' });
    expect(status).toBe(200);
    expect(json).toEqual({ id, version: 4, phase: 'idle' });
  });

  it('takes no body for an empty one', async () => {
    await api.post(`/conversations/${id}/turns`, { input: 'One' });
    expect((await api.post(`/conversations/${id}/cancel`)).status).toBe(200);
  });

  it('is refused where no turn is open', async () => {
    const { status, json } = await api.post(`/conversations/${id}/cancel`, {});
    expect([status, json.type]).toEqual([409, 'urn:turnlog:problem:no-open-turn']);
  });
});

describe('POST /conversations/:id/resume', () => {
  const paused = async (): Promise<string> => {
    const created = await api.post('/conversations', { input: 'Look', limits: { maxSteps: 1 } });
    const worker = playWorker(api.engine);
    await worker.listTools(created.json.id, [aTool('look')]);
    await worker.modelAnswers(created.json.id, { calls: [['look', '{}']] });
    return created.json.id;
  };

  it('goes on with a raised limit', async () => {
    const pausedId = await paused();
    expect((await api.get(`/conversations/${pausedId}`)).json).toMatchObject({ phase: 'paused', pausedBy: 'maxSteps' });
    const { status, json } = await api.post(`/conversations/${pausedId}/resume`, { limits: { maxSteps: 10 } });
    expect([status, json.phase]).toEqual([202, 'running']);
  });

  it('is refused while the limit is still exceeded, and where nothing is paused', async () => {
    const pausedId = await paused();
    expect((await api.post(`/conversations/${pausedId}/resume`, {})).json.type).toBe('urn:turnlog:problem:limit-not-raised');
    expect((await api.post(`/conversations/${id}/resume`, {})).json.type).toBe('urn:turnlog:problem:not-paused');
  });
});
