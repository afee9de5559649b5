import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, problemsOf, read, secret, serverProblem } from './testing/configuration-under-test.ts';

const policy = { scope: 'shared', trust: false, timeoutMs: 60_000 };

describe('a server', () => {
  it('is a local program where it has a command', () => {
    const { servers, warnings } = read({ mcpServers: { fs: { command: 'npx', args: ['-y', 'x'], env: { A: 'b', N: 1 } } } });

    expect(servers).toEqual({
      fs: { type: 'stdio', command: 'npx', args: ['-y', 'x'], env: { A: 'b', N: '1' }, cwd: folder, ...policy },
    });
    expect(warnings).toEqual([]);
  });

  it.each([
    [undefined, 'http'],
    ['http', 'http'],
    ['streamable-http', 'http'],
    ['streamableHttp', 'http'],
    ['sse', 'sse'],
  ])('with a URL and type %s is reached by %s', (type, expected) => {
    expect(read({ mcpServers: { s: { type, url: 'https://x.example/mcp' } } }).servers.s).toEqual({
      type: expected,
      url: 'https://x.example/mcp',
      headers: {},
      ...policy,
    });
  });

  it('may stand below servers', () => {
    expect(Object.keys(read({ servers: { s: { command: 'x' } } }).servers)).toEqual(['s']);
  });

  it('takes our own keys', () => {
    const own = {
      scope: 'conversation',
      trust: true,
      timeoutMs: 1000,
      enabledTools: ['a'],
      disabledTools: ['b'],
      approval: { a: 'ask' },
      onUnknownOutcome: 'tell',
      maxConcurrency: 2,
    };

    expect(read({ mcpServers: { s: { command: 'x', ...own } } }).servers.s).toMatchObject(own);
  });

  it('says nothing of an unknown outcome where the operator says nothing', () => {
    expect(read({ mcpServers: { s: { command: 'x' } } }).servers.s).not.toHaveProperty('onUnknownOutcome');
  });

  it.each([
    ['npx', 'npx'],
    ['./bin/tool', '<folder>/bin/tool'],
    ['/bin/tool', '/bin/tool'],
  ])('started by %s is started by %s', (command, expected) => {
    expect(read({ mcpServers: { s: { command } } }).servers.s).toMatchObject({ command: expected.replace('<folder>', folder) });
  });

  it('lives in a folder beside the configuration file', () => {
    expect(read({ mcpServers: { s: { command: 'x', cwd: 'data' } } }).servers.s).toMatchObject({ cwd: join(folder, 'data') });
  });

  it('that is switched off is left out, with a warning', () => {
    const { servers, warnings } = read({ mcpServers: { s: { command: 'x', disabled: true } } });

    expect(servers).toEqual({});
    expect(warnings).toEqual(['mcpServers.s: switched off, and left out']);
  });

  it.each([
    [{ command: 'x', url: 'http://y' }, 'mcpServers.s: has both command and url; keep one of them'],
    [{}, 'mcpServers.s: needs command (a local program) or url (a remote server)'],
    [null, 'mcpServers.s: takes an object with command, or with url'],
    [{ command: 'x', type: 'http' }, 'mcpServers.s: with command, type takes stdio'],
    [{ url: 'http://x', type: 'ws' }, 'mcpServers.s: with url, type takes http, streamable-http, streamableHttp, sse'],
    [{ url: `ws://${secret}` }, 'mcpServers.s.url: takes an http(s) URL'],
    [{ command: '' }, 'mcpServers.s.command: takes the program to start'],
    [{ command: 'x', args: 'y' }, 'mcpServers.s.args: takes an array of strings'],
    [{ command: 'x', args: ['y', {}] }, 'mcpServers.s.args[1]: takes a string'],
    [{ command: 'x', env: [secret] }, 'mcpServers.s.env: takes an object of strings'],
    [{ command: 'x', env: { A: null } }, 'mcpServers.s.env.A: takes a string'],
    [{ url: 'http://x', headers: { 'X Y': [secret] } }, 'mcpServers.s.headers."X Y": takes a string'],
    [{ command: 'x', scope: secret }, 'mcpServers.s.scope: takes shared or conversation'],
    [{ command: 'x', trust: 'yes' }, 'mcpServers.s.trust: takes true or false'],
    [{ command: 'x', timeoutMs: 0 }, 'mcpServers.s.timeoutMs: takes a number of milliseconds'],
    [{ command: 'x', timeoutMs: 1e10 }, 'mcpServers.s.timeoutMs: takes at most 2147483647'],
    [{ command: 'x', enabledTools: 'a' }, 'mcpServers.s.enabledTools: takes an array of tool names'],
    [
      { command: 'x', approval: 'sometimes' },
      'mcpServers.s.approval: takes auto, ask, never or ask-if-destructive, or an object of these by tool name',
    ],
    [{ command: 'x', onUnknownOutcome: 'guess' }, 'mcpServers.s.onUnknownOutcome: takes ask, tell or retry'],
    [{ command: 'x', maxConcurrency: 0.5 }, 'mcpServers.s.maxConcurrency: takes a whole number from 1'],
  ])('%j is refused', (server, expected) => {
    expect(serverProblem(server)).toBe(expected);
  });

  it.each(['', 'a b', 'é', 'x'.repeat(65)])('is refused under the name %j', (name) => {
    const [problem] = problemsOf(JSON.stringify({ mcpServers: { [name]: { command: 'x' } } }));

    expect(problem?.message).toBe('a server name takes 1 to 64 letters, digits, _ and -');
  });

  it.each([
    ['timeout', 'timeoutMs'],
    ['onUnknownOutcom', 'onUnknownOutcome'],
    ['disabledTool', 'disabledTools'],
    ['Trust', 'trust'],
  ])('with the key %s loads, and the warning suggests %s', (key, meant) => {
    const { servers, warnings } = read({ mcpServers: { s: { command: 'x', [key]: 1 } } });

    expect(Object.keys(servers)).toEqual(['s']);
    expect(warnings).toEqual([`mcpServers.s.${key}: not known, and ignored; did you mean ${meant}?`]);
  });

  it('with a key of another host loads, with a warning that suggests nothing', () => {
    expect(read({ mcpServers: { s: { command: 'x', envFile: '.env' } } }).warnings).toEqual([
      'mcpServers.s.envFile: not known, and ignored',
    ]);
  });
});
