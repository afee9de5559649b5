import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ModelDelta } from '../ports/model-client.ts';
import { call, closed, events, hello, helloAnswer, serve } from './fixtures/model-server.ts';
import { delta, done, finish } from './fixtures/stream-shape.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the request', () => {
  it('has exactly the bytes it was given', async () => {
    const server = await serve(helloAnswer);
    const body = '{ "z":1, "a" : [1.0, 1e3, "\\u00fc ü 🎉\\n"],\n\t"stream":true,"a":2 }';

    await call({ baseUrl: server.baseUrl }, { body });

    expect(server.received[0]?.body).toEqual(Buffer.from(body));
    expect(server.received[0]?.request.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    });
  });

  it('goes to the route under the base URL and keeps its query', async () => {
    const server = await serve(helloAnswer);

    await call({ baseUrl: `http://${server.host}/openai/v1/?api-version=2024-10-21` });

    expect(server.received[0]?.request).toMatchObject({
      method: 'POST',
      url: '/openai/v1/chat/completions?api-version=2024-10-21',
    });
  });

  it('carries the key and the headers of its endpoint', async () => {
    const server = await serve(helloAnswer);

    await call({ baseUrl: server.baseUrl, apiKey: 'key-1', headers: { 'X-Title': 'Turnlog' } });

    expect(server.received[0]?.request.headers).toMatchObject({ authorization: 'Bearer key-1', 'x-title': 'Turnlog' });
  });

  it('carries the operator’s authorization rather than the key', async () => {
    const server = await serve(helloAnswer);

    await call({ baseUrl: server.baseUrl, apiKey: 'key-1', headers: { Authorization: 'Custom x' } });

    expect(server.received[0]?.request.headers.authorization).toBe('Custom x');
  });

  it('carries no key of the environment to an endpoint that has none', async () => {
    for (const name of ['OPENAI_API_KEY', 'OPENAI_ADMIN_KEY', 'OPENAI_ORG_ID', 'OPENAI_PROJECT_ID', 'OPENAI_BASE_URL'])
      vi.stubEnv(name, 'env-secret');
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'X-Other: env-secret');
    const server = await serve(helloAnswer);

    await call({ baseUrl: server.baseUrl });

    expect(server.received[0]?.request.headers.authorization).toBeUndefined();
    expect(JSON.stringify(server.received[0]?.request.headers)).not.toContain('env-secret');
  });

  it('is sent once, whatever the answer', async () => {
    const server = await serve((response) => response.writeHead(503, { 'retry-after': '0' }).end());

    await call({ baseUrl: server.baseUrl });

    expect(server.received).toHaveLength(1);
  });

  it('goes over a connection that carried an earlier one', async () => {
    const server = await serve(helloAnswer);

    for (let i = 0; i < 10; i++) await call({ baseUrl: server.baseUrl });

    const ports = new Set(server.received.map(({ request }) => request.socket.remotePort));
    expect(ports.size).toBeLessThan(10);
  });
});

describe('the answer', () => {
  it('is shown live and returned whole', async () => {
    const server = await serve((response) => events(response).end(delta({ reasoning: 'hm' }) + hello + finish('stop') + done));
    const deltas: ModelDelta[] = [];

    const outcome = await call({ baseUrl: server.baseUrl }, { onDelta: (piece) => deltas.push(piece) });

    expect(deltas).toEqual([{ reasoning: 'hm' }, { content: 'Hello' }]);
    expect(outcome).toMatchObject({ type: 'responded', message: { content: 'Hello', reasoning: 'hm' }, finishReason: 'stop' });
  });

  it('may be one JSON text although a stream was asked for', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2 };
    const choice = { index: 0, message: { role: 'assistant', content: '<think>t</think>Hi' }, finish_reason: 'stop' };
    const server = await serve((response) => {
      response
        .writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
        .end(JSON.stringify({ id: 'r', choices: [choice], usage }));
    });

    const outcome = await call({ baseUrl: server.baseUrl }, { splitThink: true });

    expect(outcome).toMatchObject({
      type: 'responded',
      message: { content: 'Hi', reasoning: 't' },
      responseId: 'r',
      usage: { promptTokens: 3 },
    });
  });

  it.each([
    ['an error object', '{"error":{"message":"no","code":429}}', 'rate_limited'],
    ['half a JSON text', '{"choices":[', 'stream_incomplete'],
    ['no choice', '{}', 'stream_incomplete'],
  ])('fails as JSON with %s', async (_name, body, kind) => {
    const server = await serve((response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body));

    expect(await call({ baseUrl: server.baseUrl })).toMatchObject({ type: 'failed', failure: { kind } });
  });

  it('fails with what had arrived when the connection breaks', async () => {
    const server = await serve((response) => {
      events(response).write(hello);
    });

    const onDelta = () => server.received[0]?.request.socket.destroy();
    const outcome = await call({ baseUrl: server.baseUrl }, { onDelta });

    expect(outcome).toMatchObject({ type: 'failed', failure: { kind: 'unavailable' }, partial: { content: 'Hello' } });
  });

  it('is whole after its finish reason although the connection breaks', async () => {
    const server = await serve((response, { request: { socket } }) => {
      events(response).write(hello + finish('stop'), () => socket.destroySoon());
    });

    expect(await call({ baseUrl: server.baseUrl })).toMatchObject({ type: 'responded', message: { content: 'Hello' } });
  });

  it('ends at [DONE] although the server leaves the connection open', async () => {
    const server = await serve((response) => {
      events(response).write(hello + finish('stop') + done);
    });

    expect(await call({ baseUrl: server.baseUrl })).toMatchObject({ type: 'responded' });
    await closed(server.received[0]);
  });

  it('is whole after its finish reason although neither [DONE] nor the end comes', async () => {
    const server = await serve((response) => {
      events(response).write(hello + finish('stop'));
    });

    const outcome = await call({ baseUrl: server.baseUrl, timeouts: { idleMs: 20 } });

    expect(outcome).toMatchObject({ type: 'responded', message: { content: 'Hello' } });
  });

  it('fails the call when showing it throws, and lets go of the connection', async () => {
    const server = await serve((response) => {
      events(response).write(hello);
    });
    const onDelta = () => {
      throw new Error('a bug');
    };

    await expect(call({ baseUrl: server.baseUrl }, { onDelta })).rejects.toThrow('a bug');
    await closed(server.received[0]);
  });
});

describe('a model that is not configured', () => {
  it.each([
    ['other', undefined],
    ['m', 'not a url'],
    ['m', 'file:///etc/passwd'],
  ])('is a failure: %s at %s', async (model, baseUrl = 'http://unused.invalid') => {
    expect(await call({ baseUrl }, { model })).toMatchObject({ type: 'failed', failure: { kind: 'not_configured' } });
  });
});
