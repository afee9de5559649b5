import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApi } from './create-api.ts';
import { listen, PortUnavailable } from './listen.ts';
import { followEvents } from './testing/follow-events.ts';
import { bearer, type OpenApi, openApi } from './testing/open-api.ts';

let api: OpenApi;
afterEach(() => api.stop());

describe('listening', () => {
  it('says which port is in use, and what to set', async () => {
    api = await openApi();
    const { port } = api.listening;
    const again = listen(createApi({ ...unused, log: console as never }), { host: '127.0.0.1', port });
    await expect(again).rejects.toBeInstanceOf(PortUnavailable);
    await expect(again).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use. Stop what uses it, or set TURNLOG_PORT to another port.`,
    );
  });

  it('stops within its grace: streams end, requests under way are answered', async () => {
    let answer = (): void => {};
    let arrive = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const checks = (): Promise<Record<string, never>> => {
      arrive();
      return new Promise((resolve) => {
        answer = () => resolve({});
      });
    };
    api = await openApi({ checks });
    const { id } = (await api.post('/conversations', {})).json;
    const following = await followEvents(`${api.url}/conversations/${id}/events`, bearer);
    const underWay = api.get('/readyz');
    await Promise.all([arrived, following.until((frame) => frame.id === 1)]);
    const stopping = api.stop();
    await following.ended();
    answer();
    expect((await underWay).status).toBe(200);
    await stopping;
    await expect(fetch(`${api.url}/healthz`)).rejects.toThrow();
    expect(api.feed.listeners()).toBe(0);
  });

  it('does not wait for a stream whose client has stopped reading', async () => {
    api = await openApi();
    const { id } = (await api.post('/conversations', {})).json;
    for (let i = 0; i < 20; i++) await api.post(`/conversations/${id}/feedback`, { comment: 'x'.repeat(900_000) });
    const client = connect(api.listening.port, '127.0.0.1').pause();
    const lines = [`GET /conversations/${id}/events HTTP/1.1`, 'Host: localhost', `Authorization: ${bearer.authorization}`];
    client.on('error', () => {}).write([...lines, 'Accept: text/event-stream', '', ''].join('\r\n'));
    await vi.waitFor(() => expect(api.feed.listeners()).toBe(1));
    const startedAt = performance.now();
    await api.stop();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    client.destroy();
  });

  it('waits no longer than its grace', async () => {
    api = await openApi();
    const stuck = await listen(createApi({ ...unused, checks: () => new Promise(() => {}), log: console as never }), {
      host: '127.0.0.1',
      port: 0,
      graceMs: 50,
    });
    const underWay = fetch(`${stuck.url}/readyz`);
    underWay.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stuck.stop();
    await expect(underWay).rejects.toThrow();
  });
});

const unused = {
  engine: undefined as never,
  store: undefined as never,
  list: undefined as never,
  erasure: undefined as never,
  datasets: undefined as never,
  bulk: undefined as never,
  wakeBulk: () => undefined,
  exports: { formats: [], openFile: async () => undefined, rowsOf: async () => undefined },
  feed: undefined as never,
  catalogue: undefined as never,
  models: { list: () => [], resolve: () => undefined, limitsOf: () => ({}) },
  servers: [],
  checks: async () => ({}),
  token: undefined,
  allowedHosts: [],
  newId: () => 'x',
  sha256: (text: string) => text,
};
