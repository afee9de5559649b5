import { expect, it } from 'vitest';
import { readEnvironment } from './environment.ts';
import { secretsOf } from './secrets-of.ts';

const server = { scope: 'shared', trust: false, timeoutMs: 1 } as const;

it('the secrets are every key, token and password that was given, longest first', () => {
  const environment = readEnvironment({
    variables: {
      DATABASE_URL: 'postgres://u:pass%20word1@h/d',
      REDIS_URL: 'redis://:turnlog@h',
      OPENAI_API_KEY: 'sk-openai-key',
      HF_TOKEN: 'hf_token_value',
      TURNLOG_TOKEN: 'short',
      OTHER_KEY: 'key-of-a-model',
    },
    currentFolder: '/nowhere',
  });

  const secrets = secretsOf(
    environment,
    {
      models: { m: { model: 'm', params: {}, apiKeyEnv: 'OTHER_KEY', baseUrl: 'https://h.test/v1?api-key=of-a-query' } },
      servers: { files: { ...server, type: 'stdio', command: 'x', args: ['/srv/files'], env: { KEY: 'of-a-server-1' } } },
    },
    { apiKey: 'sk-of-the-flag' },
  );

  expect(secrets).toEqual([
    'hf_token_value',
    'sk-of-the-flag',
    'key-of-a-model',
    'sk-openai-key',
    'of-a-server-1',
    'pass%20word1',
    'pass word1',
    'of-a-query',
  ]);
});
