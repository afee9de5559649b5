import { describe, expect, it } from 'vitest';
import { read, secret, serverProblem } from './testing/configuration-under-test.ts';

describe('a variable', () => {
  it.each([
    ['a ${TOKEN} b', `a ${secret} b`],
    ['${env:TOKEN}', secret],
    ['${TOKEN}${HOST}', `${secret}tools.example`],
    ['${NONE:-fallback}', 'fallback'],
    ['${NONE:-}', ''],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${EMPTY}', ''],
    ['${TOKEN:-fallback}', secret],
    ['${NONE:-http://x:1/y}', 'http://x:1/y'],
    ['${NESTED}', '${TOKEN}'],
    ['$TOKEN and $$', '$TOKEN and $$'],
  ])('in %j gives %j', (text, expected) => {
    expect(read({ mcpServers: { s: { command: 'x', env: { A: text } } } }).servers.s).toMatchObject({ env: { A: expected } });
  });

  it('is expanded in command, args, cwd, url, headers and baseUrl', () => {
    const { servers, models } = read({
      mcpServers: {
        a: { command: '/opt/${HOST}', args: ['--to=${HOST}'], cwd: '/srv/${HOST}' },
        b: { url: 'https://${HOST}/mcp', headers: { Authorization: 'Bearer ${TOKEN}' } },
      },
      models: { m: { baseUrl: 'http://${HOST}/v1' } },
    });

    expect(servers).toMatchObject({
      a: { command: '/opt/tools.example', args: ['--to=tools.example'], cwd: '/srv/tools.example' },
      b: { url: 'https://tools.example/mcp', headers: { Authorization: `Bearer ${secret}` } },
    });
    expect(models.m?.baseUrl).toBe('http://tools.example/v1');
  });

  it('that is not set is an error that names server, key and variable', () => {
    expect(serverProblem({ command: 'x', env: { KEY: '${NONE}' } })).toBe(
      'mcpServers.s.env.KEY: the variable NONE is not set (set it, or write ${NONE:-default})',
    );
  });

  it.each(['${input:id}', '${}', '${A:-${B}}', `\${a b:-${secret}}`])('%s is refused, never passed on as it is', (text) => {
    expect(serverProblem({ command: 'x', args: [text] })).toBe(
      'mcpServers.s.args[0]: it has a ${…} that is none of ${VAR}, ${VAR:-default} and ${env:VAR}',
    );
  });
});
