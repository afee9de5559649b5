import type { ServerResponse } from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ModelDelta } from '../ports/model-client.ts';
import { call, closed, events, hello, helloAnswer, listen, serve } from './fixtures/model-server.ts';
import { delta, done, finish } from './fixtures/stream-shape.ts';

describe('a deadline', () => {
  it('ends the wait for a connection', async () => {
    // TLS towards a server that never answers the handshake.
    const port = await listen(net.createServer());

    const outcome = await call({ baseUrl: `https://127.0.0.1:${port}`, timeouts: { connectMs: 20 } });

    expect(outcome).toEqual({
      type: 'failed',
      failure: { kind: 'timeout', phase: 'connect', message: 'no connection within 20 ms' },
    });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['headers', () => {}],
    ['a chunk', (response) => events(response).flushHeaders()],
    ['more than a role', (response) => events(response).write(delta({ role: 'assistant', content: '' }))],
  ])('ends the wait for a first token without %s', async (_name, answer) => {
    const server = await serve(answer);

    const outcome = await call({ baseUrl: server.baseUrl, timeouts: { firstTokenMs: 40, idleMs: 1 } });

    expect(outcome).toEqual({
      type: 'failed',
      failure: { kind: 'timeout', phase: 'first_token', message: 'no first token within 40 ms' },
    });
    await closed(server.received[0]);
  });

  it('ends silence between chunks, with what had arrived', async () => {
    const server = await serve((response) => {
      events(response).write(hello);
    });

    const outcome = await call({ baseUrl: server.baseUrl, timeouts: { idleMs: 20 } });

    expect(outcome).toMatchObject({ failure: { kind: 'timeout', phase: 'idle' }, partial: { content: 'Hello' } });
    await closed(server.received[0]);
  });

  it('ends an answer that never ends', async () => {
    const server = await serve((response) => {
      const timer = setInterval(() => response.write(delta({ content: 'x' })), 2);
      response.on('close', () => clearInterval(timer));
      events(response);
    });

    const outcome = await call({ baseUrl: server.baseUrl, timeouts: { idleMs: 10_000, totalMs: 1_500 } });

    expect(outcome).toMatchObject({
      failure: { kind: 'timeout', phase: 'total' },
      partial: { content: expect.stringMatching(/^x+$/) },
    });
    await closed(server.received[0]);
  });
});

describe('an aborted signal', () => {
  it('ends the call at once, with what had arrived, and closes the connection', async () => {
    const server = await serve((response) => {
      events(response).write(hello);
    });
    const abort = new AbortController();

    const outcome = await call({ baseUrl: server.baseUrl }, { signal: abort.signal, onDelta: () => abort.abort() });

    expect(outcome).toMatchObject({ type: 'failed', failure: { kind: 'lost' }, partial: { content: 'Hello' } });
    await closed(server.received[0]);
  });

  it('ends the wait for headers', async () => {
    const abort = new AbortController();
    const server = await serve(() => abort.abort());

    const outcome = await call({ baseUrl: server.baseUrl }, { signal: abort.signal });

    expect(outcome).toMatchObject({ type: 'failed', failure: { kind: 'lost' } });
    await closed(server.received[0]);
  });

  it('lets nothing be sent if it came before', async () => {
    const server = await serve(helloAnswer);

    const outcome = await call({ baseUrl: server.baseUrl }, { signal: AbortSignal.abort() });

    expect(outcome).toMatchObject({ type: 'failed', failure: { kind: 'lost' } });
    expect(server.received).toHaveLength(0);
  });

  it('lets nothing be shown afterwards', async () => {
    const server = await serve((response) => events(response).end(hello + delta({ content: ' again' }) + finish('stop') + done));
    const abort = new AbortController();
    const shown: ModelDelta[] = [];

    await call(
      { baseUrl: server.baseUrl },
      {
        signal: abort.signal,
        onDelta: (piece) => {
          shown.push(piece);
          abort.abort();
        },
      },
    );

    expect(shown).toEqual([{ content: 'Hello' }]);
  });
});
