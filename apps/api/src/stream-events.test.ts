import { createInMemoryEventStore, StoreUnavailable } from '@turnlog/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Following, type Frame, followEvents } from './testing/follow-events.ts';
import { bearer, type OpenApi, type OpenOptions, openApi } from './testing/open-api.ts';
import { playWorker } from './testing/play-worker.ts';

let api: OpenApi;
const opened = async (options: OpenOptions = {}): Promise<string> => {
  api = await openApi(options);
  return (await api.post('/conversations', {})).json.id;
};
afterEach(() => api.stop());

const follow = (id: string, query = '', headers: Record<string, string> = {}): Promise<Following> =>
  followEvents(`${api.url}/conversations/${id}/events${query}`, { ...bearer, ...headers });

const at = (version: number) => (frame: Frame) => frame.id === version;
const rate = (id: string) => api.post(`/conversations/${id}/feedback`, { rating: 1 });

describe('the live stream', () => {
  it('begins with the past and goes on with what comes', async () => {
    const id = await opened();
    const following = await follow(id);
    expect([following.status, following.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    await following.until(at(1));
    await api.post(`/conversations/${id}/turns`, { input: 'Hello' });
    const frames = await following.until(at(3));
    expect(frames.map(({ id: version, event, data }) => [version, event, data.type])).toEqual([
      [2, 'message', 'TurnStarted'],
      [3, 'message', 'StepScheduled'],
    ]);
    expect(frames.map(({ data }) => data)).toEqual((await api.get(`/conversations/${id}/events?after=1`)).json.events);
    following.disconnect();
  });

  it('resumes after Last-Event-ID, which counts before ?after', async () => {
    const id = await opened();
    for (let i = 0; i < 5; i++) await rate(id);
    const byHeader = await follow(id, '?after=1', { 'last-event-id': '4' });
    expect((await byHeader.until(at(6))).map((frame) => frame.id)).toEqual([5, 6]);
    const byQuery = await follow(id, '?after=3');
    expect((await byQuery.until(at(6))).map((frame) => frame.id)).toEqual([4, 5, 6]);
    byHeader.disconnect();
    byQuery.disconnect();
    expect((await follow(id, '', { 'last-event-id': 'x' })).status).toBe(422);
  });

  it('finds new events by itself where every hint is lost', async () => {
    const id = await opened({ losesHints: true, streams: { pollMs: 20 } });
    const following = await follow(id);
    await following.until(at(1));
    await rate(id);
    await following.until(at(2));
    following.disconnect();
  });

  it('loses and repeats nothing over fifty disconnections while events come', async () => {
    const id = await opened();
    const total = 300;
    const writing = (async () => {
      for (let i = 1; i < total; i++) await rate(id);
    })();
    const seen: number[] = [];
    let connections = 0;
    while ((seen.at(-1) ?? 0) < total) {
      connections += 1;
      const following = await follow(id, '', { 'last-event-id': String(seen.at(-1) ?? '') });
      const goal = Math.min(total, (seen.at(-1) ?? 0) + 1 + (connections % 10));
      for (const frame of await following.until(at(goal))) if (frame.id !== undefined) seen.push(frame.id);
      following.disconnect();
    }
    await writing;
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    expect(connections).toBeGreaterThanOrEqual(50);
    await vi.waitFor(() => expect(api.feed.listeners()).toBe(0));
  });

  it('shows deltas without a number, and none that an event has replaced', async () => {
    const id = await opened();
    await api.post(`/conversations/${id}/turns`, { input: 'Hello' });
    const following = await follow(id);
    await following.until(at(3));
    const delta = (content: string, attempt = 1) =>
      api.feed.publish({ type: 'delta', conversationId: id, delta: { step: 1, attempt, seq: 0, content } });
    delta('Hel');
    const [frame] = await following.until(({ event }) => event === 'delta');
    expect(frame).toEqual({ event: 'delta', data: { step: 1, attempt: 1, seq: 0, content: 'Hel' } });
    await playWorker(api.engine).modelAnswers(id, { content: 'Hello.' });
    await following.until(at(5));
    delta('too late');
    delta('of another attempt', 2);
    const next = await following.until(({ event }) => event === 'delta');
    expect(next.at(-1)?.data.content).toBe('of another attempt');
    following.disconnect();
  });

  it('keeps the connection open with comments', async () => {
    const id = await opened({ streams: { heartbeatMs: 10 } });
    const following = await follow(id);
    await vi.waitFor(async () => {
      await rate(id);
      const { version } = (await api.get(`/conversations/${id}`)).json;
      await following.until(at(version));
      expect(following.comments()).toBeGreaterThan(1);
    });
    following.disconnect();
  });

  it('is refused beyond the maximum, until one ends', async () => {
    const id = await opened({ streams: { max: 2 } });
    const [first] = await Promise.all([follow(id), follow(id)]);
    expect((await follow(id)).status).toBe(503);
    expect((await api.get('/metrics')).text).toContain('turnlog_event_streams 2');
    first?.disconnect();
    await vi.waitFor(async () => expect((await api.get('/metrics')).text).toContain('turnlog_event_streams 1'));
    expect((await follow(id)).status).toBe(200);
  });

  it('outlives a database that is out of reach for a while', async () => {
    const store = createInMemoryEventStore();
    let isDown = false;
    const flaky: typeof store = {
      ...store,
      read: (...asked) => (isDown ? Promise.reject(new StoreUnavailable(1_000, new Error('down'))) : store.read(...asked)),
    };
    const id = await opened({ store: flaky, streams: { pollMs: 20 } });
    const following = await follow(id);
    await following.until(at(1));
    isDown = true;
    await new Promise((resolve) => setTimeout(resolve, 60));
    isDown = false;
    await rate(id);
    await following.until(at(2));
    following.disconnect();
  });

  it('is a page for a client that does not ask for a stream, and answers HEAD', async () => {
    const id = await opened();
    expect((await api.get(`/conversations/${id}/events`)).json.nextAfter).toBe(1);
    const head = await fetch(`${api.url}/conversations/${id}/events`, {
      method: 'HEAD',
      headers: { ...bearer, accept: 'text/event-stream' },
    });
    expect(head.status).toBe(200);
  });
});
