import { expect, it } from 'vitest';
import { readEnvironment } from './environment.ts';
import { secretsOf } from './secrets-of.ts';

it('the secrets are every key, token and password that was given, longest first', () => {
  const environment = readEnvironment({
    variables: {
      DATABASE_URL: 'postgres://u:pass%20word@h/d',
      OPENAI_API_KEY: 'sk-openai-key',
      HF_TOKEN: 'hf_token_value',
      TURNLOG_TOKEN: 'short',
      OTHER_KEY: 'key-of-a-model',
    },
    currentFolder: '/nowhere',
  });

  const secrets = secretsOf(
    environment,
    { models: { m: { model: 'm', params: {}, apiKeyEnv: 'OTHER_KEY' } } },
    { apiKey: 'sk-of-the-flag' },
  );

  expect(secrets).toEqual(['hf_token_value', 'sk-of-the-flag', 'key-of-a-model', 'sk-openai-key', 'pass%20word', 'pass word']);
});
