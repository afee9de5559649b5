import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { call, listen, serve } from './fixtures/model-server.ts';

describe('a refusal', () => {
  it('is a failure with what the server asks for', async () => {
    const server = await serve((response) =>
      response.writeHead(429, { 'retry-after': '7', 'x-should-retry': 'true' }).end('{"message":"slow down"}'),
    );

    expect(await call({ baseUrl: server.baseUrl })).toEqual({
      type: 'failed',
      failure: {
        kind: 'rate_limited',
        status: 429,
        message: 'the model server answered 429: slow down',
        retryAfterMs: 7000,
        shouldRetry: true,
      },
    });
  });

  it('never repeats the key', async () => {
    const server = await serve((response, { request: { headers } }) =>
      response.writeHead(401).end(JSON.stringify({ error: { message: `bad ${headers.authorization}` } })),
    );

    const outcome = await call({ baseUrl: server.baseUrl, apiKey: 'key-secret' });

    expect(outcome).toMatchObject({
      failure: { kind: 'unauthorized', message: 'the model server answered 401: bad Bearer [redacted]' },
    });
  });

  it('of what the model wrote keeps it, without secrets', async () => {
    const error = {
      message: 'Failed to call a function.',
      code: 'tool_use_failed',
      failed_generation: '<function=read>{"path": key-secret',
    };
    const server = await serve((response) => response.writeHead(400).end(JSON.stringify({ error })));

    expect(await call({ baseUrl: server.baseUrl, apiKey: 'key-secret' })).toMatchObject({
      failure: { kind: 'bad_output', status: 400 },
      partial: { content: '<function=read>{"path": [redacted]', toolCalls: [] },
    });
  });

  it('may be a redirect, which is not followed', async () => {
    const server = await serve((response) => response.writeHead(307, { location: 'http://elsewhere.test/' }).end());

    expect(await call({ baseUrl: server.baseUrl })).toMatchObject({ failure: { kind: 'invalid_request', status: 307 } });
  });

  it('is unavailable where nobody listens, and names only host and port', async () => {
    const server = net.createServer();
    const port = await listen(server);
    server.close();
    await once(server, 'close');

    const outcome = await call({ baseUrl: `http://user:pass@127.0.0.1:${port}/v1?key=secret` });

    const message = `127.0.0.1:${port} refused the connection (ECONNREFUSED)`;
    expect(outcome).toEqual({ type: 'failed', failure: { kind: 'unavailable', message } });
  });

  it('is unavailable where the answer is no HTTP', async () => {
    const port = await listen(net.createServer((socket) => socket.end('hello\r\n\r\n')));

    const outcome = await call({ baseUrl: `http://127.0.0.1:${port}` });

    expect(outcome).toMatchObject({ type: 'failed', failure: { kind: 'unavailable' } });
  });
});
