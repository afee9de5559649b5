import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToolHost } from '../ports/tool-host.ts';
import {
  callOf,
  configured,
  counterPath,
  descendantsOf,
  everythingPath,
  hostProcessPath,
  isAlive,
  never,
  nodeServer,
  until,
} from './fixtures/test-servers.ts';
import { createMcpToolHost, type McpServerConfig, type McpToolHostOptions } from './mcp-tool-host.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function setup(server: McpServerConfig, options: McpToolHostOptions = {}) {
  const host = createMcpToolHost({ server }, options);
  cleanups.push(() => host.close());
  const count = (conversationId = 'a') => host.call({ ...callOf('server', 'count'), conversationId }, never);
  return { host, count };
}

const counter = (more: Partial<McpServerConfig> = {}) => nodeServer([counterPath], more);
const text = (value: string) => ({ type: 'returned', result: { content: [{ type: 'text', text: value }] } });

const orphans: [string, McpServerConfig][] = [
  ['server-everything', nodeServer([everythingPath])],
  ['a server that ignores the end of stdin and SIGTERM', counter({ env: { STUBBORN: '1' } } as Partial<McpServerConfig>)],
];

describe('a server process', () => {
  it('is unknown to have acted when it dies in the middle of a call', async () => {
    const { host } = setup(counter());

    const outcome = await host.call(callOf('server', 'die'), never);

    expect(outcome).toMatchObject({ type: 'unknown', failure: { kind: 'lost' } });
  });

  it('is started again by the next call after it died', async () => {
    const { host, count } = setup(counter());
    await count();
    await host.call(callOf('server', 'die'), never);

    const outcome = await count();

    expect(outcome).toMatchObject(text('1'));
  });

  it('is not called when it cannot start, and its stderr says why without secrets', async () => {
    const failing = nodeServer(['-e', 'console.error("no port for s3cret-value and env-value"); process.exit(3)'], {
      env: { KEY: 'env-value' },
    } as Partial<McpServerConfig>);
    const { count } = setup(failing, { secrets: ['s3cret-value'] });

    const outcome = await count();

    const message = expect.stringContaining('stderr: no port for [redacted] and [redacted]');
    expect(outcome).toMatchObject({ type: 'not_sent', failure: { kind: 'unavailable', message } });
  });

  it('is named with its command when there is no such command', async () => {
    const { count } = setup(configured({ type: 'stdio', command: 'no-such-command', args: [], env: {} }));

    const outcome = await count();

    const message = expect.stringMatching(/^MCP server "server": cannot start no-such-command: .*ENOENT$/);
    expect(outcome).toMatchObject({ type: 'not_sent', failure: { kind: 'not_configured', message } });
  });

  it('is started once for simultaneous first uses', async () => {
    const { count } = setup(counter());

    const outcomes = await Promise.all([count(), count(), count()]);

    const numbers = outcomes.map((outcome) => (outcome.type === 'returned' ? outcome.result.content[0]?.text : outcome));
    expect(numbers.sort()).toEqual(['1', '2', '3']);
  });

  it('keeps the state of conversations apart where its scope says so', async () => {
    const { count } = setup(counter({ scope: 'conversation' }));

    const outcomes = [await count('a'), await count('a'), await count('b')];

    expect(outcomes).toMatchObject([text('1'), text('2'), text('1')]);
  });

  it('is shared by conversations otherwise', async () => {
    const { count } = setup(counter());

    const outcomes = [await count('a'), await count('b')];

    expect(outcomes).toMatchObject([text('1'), text('2')]);
  });

  it('ends for the least recently used of too many conversations', async () => {
    const { count } = setup(counter({ scope: 'conversation' }), { maxConversations: 2 });

    for (const conversation of ['a', 'b', 'a', 'c']) await count(conversation);

    expect([await count('a'), await count('b')]).toMatchObject([text('3'), text('1')]);
  });

  it('ends when it is idle', async () => {
    const before = descendantsOf(process.pid).length;
    const { count } = setup(counter(), { idleMs: 10 });

    await count();

    await until(() => descendantsOf(process.pid).length === before);
  });

  it('sees no variable of the host but the allowed ones', async () => {
    process.env.TURNLOG_TEST_SECRET = 'not for servers';
    const { host } = setup(nodeServer([everythingPath], { env: { FOO: 'for the server' } } as Partial<McpServerConfig>));

    const outcome = await host.call(callOf('server', 'get-env'), never);

    const [block] = outcome.type === 'returned' ? outcome.result.content : [];
    const names = Object.keys(JSON.parse(String(block?.text)));
    expect(names).toContain('FOO');
    const allowed = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER', 'FOO'];
    expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it.each(orphans)('of %s is gone after close', async (_, server) => {
    const before = descendantsOf(process.pid);
    const { host } = setup(server);
    await host.list(['server'], never);
    const started = descendantsOf(process.pid).filter((pid) => !before.includes(pid));

    const startedAt = Date.now();
    await Promise.all([host.close(), host.close()]);

    expect(Date.now() - startedAt).toBeLessThan(5000);
    expect(started).toHaveLength(2);
    expect(started.filter(isAlive)).toEqual([]);
  });

  it.each([
    ['is closed', (host: ToolHost) => host.close()],
    ['dies', (host: ToolHost) => host.call(callOf('server', 'die'), never)],
  ])('takes the processes it started along when it %s', async (_, end) => {
    const { host } = setup(counter());
    const outcome = await host.call(callOf('server', 'spawn'), never);
    const pid = Number(outcome.type === 'returned' && outcome.result.content[0]?.text);
    const wasAlive = isAlive(pid);

    await end(host);

    await until(() => !isAlive(pid));
    expect(wasAlive).toBe(true);
  });

  it('is not started again by a closed host', async () => {
    const { host, count } = setup(counter());
    await host.close();

    expect(await count()).toMatchObject({ type: 'not_sent', failure: { kind: 'lost' } });
  });

  it.each(orphans)('of %s is gone soon after the host was killed', async (_, server) => {
    const servers = JSON.stringify({ server });
    const host = spawn(process.execPath, [hostProcessPath, servers], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(host.stdout, 'data');
    const started = descendantsOf(host.pid ?? 0);

    const killedAt = Date.now();
    host.kill('SIGKILL');
    await until(() => !started.some(isAlive));

    expect(String(said)).toBe('ready\n');
    expect(started).toHaveLength(2);
    expect(Date.now() - killedAt).toBeLessThan(5000);
  });
});
