import { afterEach, describe, expect, it } from 'vitest';
import type { SessionOfCall } from '../ports/tool-host.ts';
import { startSessionServer } from './fixtures/session-server.ts';
import { callOf, configured, counterPath, descendantsOf, isAlive, never, nodeServer, until } from './fixtures/test-servers.ts';
import { createMcpToolHost, type McpServerConfig, type McpToolHostOptions } from './mcp-tool-host.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const hostOf = (server: McpServerConfig, options: McpToolHostOptions = {}) => {
  const host = createMcpToolHost({ server: { ...server, scope: 'conversation' } }, options);
  cleanups.push(() => host.close());
  const call = (session: SessionOfCall, tool = 'count', args = {}) =>
    host.call({ ...callOf('server', tool, args), session }, never);
  return { host, call };
};
type Opened = Parameters<SessionOfCall['opened']>[0];

/** A session, and what was said of it when it was opened. */
const sessionOf = (id: string, more: Partial<SessionOfCall> = {}) => {
  const opened: Opened[] = [];
  const session: SessionOfCall = { id, opened: async (how) => void opened.push(how), ...more };
  return { session, opened };
};
const counter = (more: Partial<McpServerConfig> = {}) => nodeServer([counterPath], more);
const text = (value: string) => ({ type: 'returned', result: { content: [{ type: 'text', text: value }] } });

describe('a session over stdio', () => {
  it('has a process of its own, which is known before the first call in it is made', async () => {
    const { host, call } = hostOf(counter());
    const [a, b] = [sessionOf('a'), sessionOf('b')];

    const outcomes = [await call(a.session), await call(a.session), await call(b.session)];

    expect(outcomes).toMatchObject([text('1'), text('2'), text('1')]);
    expect([a.opened, b.opened]).toEqual([[{ isStateless: false }], [{ isStateless: false }]]);
    expect(['a', 'b', 'c'].map(host.sessions.isOpen)).toEqual([true, true, false]);
  });

  it('is not called, and ends, where nobody could record it', async () => {
    const before = descendantsOf(process.pid).length;
    const { host, call } = hostOf(counter());

    const outcome = await call(sessionOf('a', { opened: () => Promise.reject(new Error('the log is away')) }).session);

    expect(outcome).toMatchObject({ type: 'not_sent', failure: { kind: 'unavailable' } });
    expect(host.sessions.isOpen('a')).toBe(false);
    expect(descendantsOf(process.pid)).toHaveLength(before);
  });

  it('is lost with its process: nothing is sent in another one', async () => {
    const { host, call } = hostOf(counter());
    const { session, opened } = sessionOf('a');
    await call(session);

    const outcome = await call(session, 'die');
    const after = await call(session);

    expect(outcome).toMatchObject({ type: 'unknown', failure: { kind: 'lost' } });
    expect(host.sessions.isOpen('a')).toBe(false);
    expect(after).toMatchObject({ type: 'not_sent', failure: { kind: 'session_lost' } });
    expect(opened).toHaveLength(1);
  });

  it('that ended leaves its last words, bounded and without secrets', async () => {
    const { host, call } = hostOf(
      nodeServer(
        ['-e', `process.stderr.write('x'.repeat(100_000) + ' my key is env-value!'); import(${JSON.stringify(counterPath)})`],
        {
          env: { KEY: 'env-value' },
        } as Partial<McpServerConfig>,
      ),
    );
    await call(sessionOf('a').session);

    await until(() => host.sessions.lastWords('a').endsWith('my key is [redacted]!'));

    expect(Buffer.byteLength(host.sessions.lastWords('a'))).toBeLessThanOrEqual(4096);
  });

  it('takes its process and what that has started along when it ends', async () => {
    const before = descendantsOf(process.pid);
    const { host, call } = hostOf(counter({ env: { STUBBORN: '1' } } as Partial<McpServerConfig>));
    await call(sessionOf('a').session, 'spawn');
    const started = descendantsOf(process.pid).filter((pid) => !before.includes(pid));

    await host.sessions.end('a');

    expect(started).toHaveLength(3);
    await until(() => !started.some(isAlive));
  });

  it('that ends while it is being opened leaves no process', async () => {
    const before = descendantsOf(process.pid).length;
    const { host, call } = hostOf(counter());
    const calling = call(sessionOf('a').session);
    await until(() => descendantsOf(process.pid).length > before);

    await host.sessions.end('a');

    expect(await calling).toMatchObject({ type: 'not_sent' });
    await until(() => descendantsOf(process.pid).length === before);
  });
});

describe('a session over streamable HTTP', () => {
  const setup = async (options = {}) => {
    const server = await startSessionServer(options);
    cleanups.push(server.stop);
    const config = configured({ type: 'http', url: server.url, headers: { authorization: 'Bearer secret-token' } });
    return { server, config };
  };

  it('goes on in another host, which does not open one of its own', async () => {
    const { server, config } = await setup();
    const [first, second] = [hostOf(config), hostOf(config)];
    const { session, opened } = sessionOf('a');
    await first.call(session);
    await first.host.sessions.leave('a');
    const [id] = server.sessions();
    const resume = opened[0]?.resume ?? '';
    server.methods.length = 0;

    const outcome = await second.call({ ...session, resume });

    expect(outcome).toMatchObject(text('2'));
    expect(server.methods).toEqual(['tools/call']);
    expect(JSON.parse(resume)).toEqual({ sessionId: id, protocolVersion: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    expect(resume).not.toContain('secret');
  });

  it('is ended at the server by who ends it, and not by who leaves it', async () => {
    const { server, config } = await setup();
    const { host, call } = hostOf(config);
    await call(sessionOf('a').session);
    await call(sessionOf('b').session);

    await host.sessions.leave('a');
    const afterLeaving = server.sessions().length;
    await host.sessions.end('b');

    expect([afterLeaving, server.sessions().length]).toEqual([2, 1]);
  });

  it('that the server has forgotten is lost, and the call was not made', async () => {
    const { server, config } = await setup();
    const { host, call } = hostOf(config);
    const { session } = sessionOf('a');
    await call(session);
    server.forgetSessions();

    const outcome = await call(session);

    expect(outcome).toMatchObject({ type: 'not_sent', failure: { kind: 'session_lost' } });
    expect(host.sessions.isOpen('a')).toBe(false);
  });

  it('is none where the server keeps nothing', async () => {
    const { config } = await setup({ isStateless: true });
    const { session, opened } = sessionOf('a');

    await hostOf(config).call(session);

    expect(opened).toEqual([{ isStateless: true }]);
  });
});
