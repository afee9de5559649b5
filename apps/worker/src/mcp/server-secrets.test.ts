import { describe, expect, it } from 'vitest';
import { configured } from './fixtures/test-servers.ts';
import { secretsOf } from './server-secrets.ts';

const stdio = (more: { args?: readonly string[]; env?: Record<string, string>; variables?: Record<string, string> }) =>
  secretsOf(configured({ type: 'stdio', command: 'x', args: [], env: {}, ...more }));

describe('the secrets of a server', () => {
  it('are all values of its environment in messages, and those that may be secret in results', () => {
    const env = { API_KEY: 'sunshine', MODE: 'production', ROOT: '/home/ada/notes', OTHER: 'x7-planted' };

    expect(stdio({ env })).toEqual({
      inMessages: ['sunshine', 'production', '/home/ada/notes', 'x7-planted'],
      inResults: ['sunshine', 'x7-planted'],
    });
  });

  it.each<[string[], string[]]>([
    [['--api-key', 'abcdef', '/home/ada'], ['abcdef']],
    [['--api-key=abcdef', '--verbose'], ['abcdef']],
    [['run', '-e', 'ACCESS_TOKEN=abcdef', 'image'], ['abcdef']],
    [['postgres://ada:p%40ss99@host/db'], ['postgres://ada:p%40ss99@host/db', 'p%40ss99', 'p@ss99']],
    [['-y', '@scope/server', '/srv/files', '--port', '8080'], []],
  ])('stand in the arguments %j', (args, expected) => {
    expect(stdio({ args }).inResults).toEqual(expected);
  });

  it('are the variables that were filled in anywhere, save for those that are places and settings', () => {
    expect(stdio({ variables: { HOME: '/home/ada', PLANTED: 'x7-planted', DB_PASSWORD: 'sunshine' } }).inMessages).toEqual([
      'x7-planted',
      'sunshine',
    ]);
  });

  it('are headers with and without their scheme, and the query of a URL', () => {
    const remote = configured({
      type: 'http',
      url: 'https://ada:pass99@host.test/mcp?key=query-1',
      headers: { Authorization: 'Bearer header-1', Accept: 'text/plain' },
    });

    expect(secretsOf(remote).inResults).toEqual(['Bearer header-1', 'header-1', 'query-1', 'key=query-1', 'pass99']);
  });
});
