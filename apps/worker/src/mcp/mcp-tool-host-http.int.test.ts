import { afterEach, describe, expect, it } from 'vitest';
import { legacyServer, type Script, startBreakingSse, startScripted } from './fixtures/http-server.ts';
import { callOf, configured, freePort, never, startEverything } from './fixtures/test-servers.ts';
import { createMcpToolHost } from './mcp-tool-host.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function hostOf(url: string, type: 'http' | 'sse' = 'http') {
  const headers = { authorization: 'Bearer header-secret' };
  const host = createMcpToolHost({ server: configured({ type, url: `${url}?key=query-secret`, headers }) });
  cleanups.push(() => host.close());
  const call = () => host.call(callOf('server', 'echo', { message: 'hello' }), never);
  return { host, call };
}

async function setupEverything(mode: 'streamableHttp' | 'sse', type: 'http' | 'sse' = 'http') {
  const port = await freePort();
  const start = async () => {
    const server = await startEverything(mode, port);
    cleanups.push(server.stop);
    return server;
  };
  const server = await start();
  return { ...hostOf(`http://127.0.0.1:${port}/${mode === 'sse' ? 'sse' : 'mcp'}`, type), server, start };
}

async function setupScripted(script: Script) {
  const server = await startScripted(script);
  cleanups.push(server.stop);
  return { ...hostOf(server.url), server };
}

const echoed = { type: 'returned', result: { content: [{ type: 'text', text: 'Echo: hello' }] } };

describe('a real server over HTTP', () => {
  it('lists and calls over streamable HTTP', async () => {
    const { host, call } = await setupEverything('streamableHttp');

    expect(await host.list(['server'], never)).toMatchObject({ type: 'listed', tools: { length: 15 } });
    expect(await call()).toMatchObject(echoed);
  });

  it('says that the MCP session is lost when the server was restarted, and then opens a new one', async () => {
    const { call, server, start } = await setupEverything('streamableHttp');
    await call();
    await server.stop();
    await start();

    // The first attempt may still meet the dead socket of the former process; nothing says whether it was read.
    const outcomes = [await call(), await call(), await call()];

    expect(outcomes).toContainEqual({ type: 'not_sent', failure: expect.objectContaining({ kind: 'session_lost' }) });
    expect(outcomes.at(-1)).toMatchObject(echoed);
  });

  it('lists again over a new MCP session without a failure', async () => {
    const { host, call, server, start } = await setupEverything('streamableHttp');
    await call();
    await server.stop();
    await start();

    expect(await host.list(['server'], never)).toMatchObject({ type: 'listed' });
  });

  it('sends nothing while nobody listens', async () => {
    const { call, server } = await setupEverything('streamableHttp');
    await call();
    await server.stop();

    await call();

    expect(await call()).toMatchObject({ type: 'not_sent', failure: { kind: 'unavailable' } });
  });

  it.each(['http', 'sse'] as const)('calls a server that only speaks HTTP+SSE, configured as %s', async (type) => {
    const { call } = await setupEverything('sse', type);

    expect(await call()).toMatchObject(echoed);
  });
});

describe('a server of the 2026 era', () => {
  const modernServer: Script = ({ method, params }, respond) => {
    const complete = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
    const answers: Record<string, Record<string, unknown>> = {
      'server/discover': { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } },
      'tools/list': { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] },
      'tools/call': { content: [{ type: 'text', text: JSON.stringify(params.arguments) }] },
    };
    const answer = answers[method];
    if (answer) respond.result({ ...complete, ...answer });
    else respond.error(-32601, 'Method not found');
  };

  it('is called without a handshake, with the effect id', async () => {
    const { host, server } = await setupScripted(modernServer);
    const request = callOf('server', 'echo', { message: 'hello' });

    const outcome = await host.call(request, never);

    expect(outcome).toMatchObject({ type: 'returned', result: { content: [{ text: '{"message":"hello"}' }] } });
    expect(server.requests.map(({ method }) => method)).not.toContain('initialize');
    expect(server.requests.at(-1)?.params._meta).toMatchObject({ 'dev.turnlog/effect-id': request.effectId });
  });

  it('that lists something that is no tool offers its other tools', async () => {
    const tools = [null, 'echo', { name: 'bare' }, { name: 'echo', inputSchema: { type: 'object' } }];
    const { host } = await setupScripted((request, respond) =>
      request.method === 'tools/list'
        ? respond.result({ resultType: 'complete', ttlMs: 0, cacheScope: 'private', tools })
        : modernServer(request, respond),
    );

    const listing = await host.list(['server'], never);

    expect(listing).toMatchObject({ type: 'listed', tools: [{ name: 'echo' }], warnings: { length: 3 } });
  });

  it('that answers in content of a kind nobody knows yet has its result kept', async () => {
    const content = [{ type: 'hologram', data: 'xyz', depth: 3 }];
    const { call } = await setupScripted((request, respond) =>
      request.method === 'tools/call' ? respond.result({ resultType: 'complete', content }) : modernServer(request, respond),
    );

    expect(await call()).toEqual({ type: 'returned', result: { content, isError: false } });
  });
});

describe('an HTTP answer to a call', () => {
  it.each([
    [401, '', 'unauthorized'],
    [403, '', 'unauthorized'],
    [404, 'Session not found', 'session_lost'],
    [400, '{"error":{"message":"Bad Request: No valid session ID provided"}}', 'session_lost'],
    [400, 'malformed', 'invalid_request'],
  ])('of %i %s was refused before the tool ran: %s', async (status, body, kind) => {
    const { call } = await setupScripted(legacyServer((_, respond) => respond.status(status, body)));

    expect(await call()).toMatchObject({ type: 'not_sent', failure: { kind, status } });
  });

  it('of 429 carries the time to wait', async () => {
    const { call } = await setupScripted(legacyServer((_, respond) => respond.status(429, '', { 'retry-after': '7' })));

    expect(await call()).toMatchObject({ type: 'not_sent', failure: { kind: 'rate_limited', status: 429, retryAfterMs: 7000 } });
  });

  it.each([500, 502, 504])('of %i leaves the outcome unknown', async (status) => {
    const { call } = await setupScripted(legacyServer((_, respond) => respond.status(status)));

    expect(await call()).toMatchObject({ type: 'unknown', failure: { kind: 'unavailable', status } });
  });

  it('that breaks off leaves the outcome unknown at once', async () => {
    const { call } = await setupScripted(legacyServer((_, respond) => respond.hangUp()));

    expect(await call()).toMatchObject({ type: 'unknown', failure: { kind: 'unavailable' } });
  });

  it('is unknown when the event stream of HTTP+SSE breaks', async () => {
    const server = await startBreakingSse();
    cleanups.push(server.stop);
    const { call } = hostOf(server.url, 'sse');

    expect(await call()).toMatchObject({ type: 'unknown', failure: { kind: 'lost' } });
  });

  it.each([400, 404, 405])('of %i to the first message points to HTTP+SSE', async (status) => {
    const server = await startBreakingSse(status);
    cleanups.push(server.stop);
    const { call } = hostOf(server.url);

    expect(await call()).toMatchObject({ type: 'unknown', failure: { kind: 'lost' } });
  });

  it('with a JSON-RPC error is a result', async () => {
    const { call } = await setupScripted(legacyServer((_, respond) => respond.error(-32602, 'Unknown tool')));

    const content = [{ type: 'text', text: expect.stringContaining('Unknown tool') }];
    expect(await call()).toMatchObject({ type: 'returned', result: { isError: true, content } });
  });

  it('keeps content of a kind nobody knows yet', async () => {
    const content = [{ type: 'hologram', data: 'xyz', depth: 3 }];
    const { call } = await setupScripted(legacyServer((_, respond) => respond.result({ content })));

    expect(await call()).toEqual({ type: 'returned', result: { content, isError: false } });
  });
});

describe('a server that refuses to connect', () => {
  it.each([
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [429, 'rate_limited'],
    [400, 'invalid_request'],
    [404, 'not_found'],
    [500, 'unavailable'],
  ])('with %i is %s, and nothing was sent', async (status, kind) => {
    const { host, call } = await setupScripted((_, respond) => respond.status(status));

    expect(await call()).toMatchObject({ type: 'not_sent', failure: { kind, status } });
    expect(await host.list(['server'], never)).toMatchObject({ type: 'failed', server: 'server', failure: { kind } });
  });

  it('gives away no secret in what it says', async () => {
    const { call } = await setupScripted((_, respond) => respond.status(500, 'bad token header-secret for ?key=query-secret'));

    expect(JSON.stringify(await call())).not.toMatch(/header-secret|query-secret/);
  });

  it('by not listening is unavailable', async () => {
    const { call } = hostOf(`http://127.0.0.1:${await freePort()}/mcp`);

    expect(await call()).toMatchObject({ type: 'not_sent', failure: { kind: 'unavailable' } });
  });
});
