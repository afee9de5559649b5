import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from './configuration-error.ts';
import { readEnvironment, type Variables } from './environment.ts';

describe('the environment', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'turnlog-environment-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (variables: Variables = {}) => readEnvironment({ variables, currentFolder: folder });
  const problemOf = (variables: Variables): string => {
    try {
      read(variables);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      return (error as Error).message;
    }
    throw new Error('nothing was refused');
  };

  it('has a default for everything', () => {
    expect(read()).toEqual({
      folder,
      databaseUrl: undefined,
      redisUrl: undefined,
      host: '127.0.0.1',
      port: 3210,
      allowedHosts: [],
      token: undefined,
      configFile: { path: join(folder, 'config.json'), isNamed: false },
      dataDir: join(folder, '.turnlog'),
      openai: { apiKey: undefined, baseUrl: undefined, model: undefined },
      huggingFace: { token: undefined, endpoint: 'https://huggingface.co' },
      logLevel: 'info',
      concurrency: undefined,
      variables: {},
    });
  });

  it.each([
    ['DATABASE_URL', 'postgres://u:p@db:5432/x', (env: ReturnType<typeof read>) => env.databaseUrl, 'postgres://u:p@db:5432/x'],
    ['REDIS_URL', 'rediss://cache:6380', (env) => env.redisUrl, 'rediss://cache:6380'],
    ['TURNLOG_HOST', '::1', (env) => env.host, '::1'],
    ['TURNLOG_PORT', '0', (env) => env.port, 0],
    ['TURNLOG_ALLOWED_HOSTS', 'A.example:80, [::1]:3210', (env) => env.allowedHosts, ['a.example', '[::1]']],
    ['TURNLOG_TOKEN', 'tl_abc', (env) => env.token, 'tl_abc'],
    ['OPENAI_API_KEY', 'sk-abc', (env) => env.openai.apiKey, 'sk-abc'],
    ['OPENAI_BASE_URL', 'http://localhost:8000/v1/', (env) => env.openai.baseUrl, 'http://localhost:8000/v1'],
    ['OPENAI_MODEL', 'Qwen/Qwen3-30B', (env) => env.openai.model, 'Qwen/Qwen3-30B'],
    ['HF_TOKEN', 'hf_abc', (env) => env.huggingFace.token, 'hf_abc'],
    ['HF_ENDPOINT', 'http://127.0.0.1:9/', (env) => env.huggingFace.endpoint, 'http://127.0.0.1:9'],
    ['LOG_LEVEL', 'debug', (env) => env.logLevel, 'debug'],
    ['TURNLOG_CONCURRENCY', '8', (env) => env.concurrency, 8],
  ] satisfies [string, string, (env: ReturnType<typeof read>) => unknown, unknown][])(
    'reads %s',
    (name, value, pick, expected) => {
      expect(pick(read({ [name]: value }))).toEqual(expected);
    },
  );

  it.each([
    ['DATABASE_URL', 'mysql://root:hunter2@db/x', '"mysql://***@db/x"', 'postgres://user:password@host:5432/database'],
    ['DATABASE_URL', 'hunter2', 'a value of 7 characters (not shown)', 'postgres://'],
    ['DATABASE_URL', 'http://u:a?b@c/hunter2@db/x?password=hunter2', '"http://***@db/x?***"', 'postgres://'],
    ['REDIS_URL', 'http://cache:6379', '"http://cache:6379"', 'redis://host:6379'],
    ['TURNLOG_HOST', 'http://0.0.0.0', '"http://0.0.0.0"', 'a host name or IP address'],
    ['TURNLOG_HOST', '127.0.0.1:80', '"127.0.0.1:80"', 'without scheme or port'],
    ['TURNLOG_PORT', '99999', '"99999"', 'a whole number from 0 (any free port) to 65535'],
    ['TURNLOG_PORT', '3e3', '"3e3"', 'a whole number'],
    ['TURNLOG_ALLOWED_HOSTS', '*', '"*"', 'host names separated by commas'],
    ['TURNLOG_TOKEN', 'hunter2 hunter2', 'a value of 15 characters (not shown)', 'without spaces'],
    ['OPENAI_API_KEY', 'hunter2\nx', 'a value of 9 characters (not shown)', 'a key without spaces'],
    ['OPENAI_BASE_URL', 'localhost:8000/v1', 'a value of 17 characters (not shown)', 'an http(s) URL'],
    ['HF_TOKEN', 'hunter2 hunter2', 'a value of 15 characters (not shown)', 'a token'],
    ['HF_ENDPOINT', 'ftp://x', '"ftp://x"', 'an http(s) URL'],
    ['LOG_LEVEL', 'loud', '"loud"', 'trace, debug, info'],
    ['TURNLOG_CONCURRENCY', '0', '"0"', 'a whole number from 1 to 1000'],
  ])('refuses %s=%j, naming it, what it got and what it takes', (name, value, got, takes) => {
    const message = problemOf({ [name]: value });

    expect(message).toContain(`${name}: got ${got}, takes ${takes}`.replace(takes, ''));
    expect(message).toContain(takes);
    expect(message).not.toContain('hunter2');
  });

  it('lists every problem at once', () => {
    expect(problemOf({ TURNLOG_PORT: 'x', LOG_LEVEL: 'y' })).toMatch(/TURNLOG_PORT.*LOG_LEVEL/s);
  });

  it('takes an empty variable as one that is not set', () => {
    expect(read({ REDIS_URL: '', TURNLOG_PORT: ' ' })).toMatchObject({ redisUrl: undefined, port: 3210 });
  });

  it('reads .env, and lets the real environment win', () => {
    writeFileSync(join(folder, '.env'), '# mine\nexport OPENAI_MODEL="from file"\nTURNLOG_PORT=1\nOTHER=x\n');

    const env = read({ TURNLOG_PORT: '2' });

    expect(env).toMatchObject({ port: 2, openai: { model: 'from file' } });
    expect(env.variables).toMatchObject({ OTHER: 'x', TURNLOG_PORT: '2' });
  });

  it('passes over a folder called .env', () => {
    mkdirSync(join(folder, '.env'));

    expect(read().port).toBe(3210);
  });

  it('knows a configuration file that was named from the default one', () => {
    expect(read({ TURNLOG_CONFIG: 'x/mine.json' }).configFile).toEqual({ path: join(folder, 'x/mine.json'), isNamed: true });
  });

  it('resolves relative paths against the folder the user typed in', () => {
    const env = readEnvironment({
      variables: { INIT_CWD: folder, npm_package_json: '/repo/package.json' },
      currentFolder: '/repo',
    });

    expect(env).toMatchObject({ folder, dataDir: join(folder, '.turnlog') });
  });

  it('does not believe INIT_CWD in a process that something inside an npm script started elsewhere', () => {
    const env = readEnvironment({
      variables: { INIT_CWD: '/repo', npm_package_json: '/repo/package.json' },
      currentFolder: folder,
    });

    expect(env.folder).toBe(folder);
  });
});
