import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, problemsOf, readFileAt, readText, secret } from './testing/configuration-under-test.ts';

describe('the configuration file', () => {
  it('is no servers and no models where the default file is missing', () => {
    expect(readFileAt(join(folder, 'none.json'), false)).toEqual({ servers: {}, models: {}, warnings: [] });
  });

  it('is an error where a named file is missing', () => {
    expect(() => readFileAt(join(folder, 'none.json'), true)).toThrow(/none\.json cannot be used:\n {2}there is no such file/);
  });

  it.each([
    ['{\n  "mcpServers": {},\n}', 'line 3, column 1'],
    [`{"a": "${secret}" "b": 1}`, 'line 1, column 25'],
    [`{"a": "${secret}"`, 'line 1, column 24'],
    [`{\n"a": ${secret}}`, 'line 2, column 6'],
    ['', 'line 1, column 1'],
  ])('says where %j is not JSON, and quotes nothing of it', (text, place) => {
    expect(problemsOf(text)).toEqual([{ path: '', message: `it is not valid JSON at ${place}` }]);
  });

  it('takes an object', () => {
    expect(problemsOf('[]')[0]?.message).toBe('it takes a JSON object');
  });

  it('may begin with a byte order mark', () => {
    expect(readText('\uFEFF{}').servers).toEqual({});
  });

  it('lists every problem with its path', () => {
    const paths = problemsOf(
      JSON.stringify({ mcpServers: { a: { command: 1 }, 'b c': { url: 'x' } }, models: { m: { baseUrl: 'x' } } }),
    ).map(({ path }) => path);

    expect(paths).toEqual(['mcpServers.a.command', 'mcpServers."b c"', 'mcpServers."b c".url', 'models.m.baseUrl']);
  });
});
