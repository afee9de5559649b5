// Every secret this process was given, so that logs and events can be searched for it.

import { isNamedSecret } from '@turnlog/core';
import { secretsOfServer } from '@turnlog/worker';
import type { Configuration } from './config-file.ts';
import type { Environment } from './environment.ts';
import type { ModelFlags } from './models.ts';

/** Shorter values stand in ordinary text by chance; hiding them would hide the text. */
const shortestSecret = 6;

/** Keys of servers that want none, and passwords of databases that nobody else reaches: hiding the word would hide text. */
const standIn = /^(?:[a-z]{1,16}|not?-[a-z]+|lm-studio|sk-no-key-required)$/i;

/** Gives the values that may never be written down, longest first, so that no part of one stays visible. */
export function secretsOf(
  { databaseUrl, redisUrl, token, openai, huggingFace, variables }: Environment,
  { models, servers }: Pick<Configuration, 'models' | 'servers'>,
  { apiKey }: ModelFlags = {},
): readonly string[] {
  const keys = [
    openai.apiKey,
    apiKey,
    ...passwords(databaseUrl),
    ...passwords(redisUrl),
    ...passwords(openai.baseUrl),
    ...Object.values(models).flatMap((model) => [
      model.apiKeyEnv === undefined ? undefined : variables[model.apiKeyEnv],
      ...passwords(model.baseUrl),
    ]),
  ];
  const values = [
    token,
    huggingFace.token,
    ...keys.filter((key) => key !== undefined && !standIn.test(key)),
    ...Object.values(servers).flatMap((server) => secretsOfServer(server).inResults),
  ];
  const secrets = values.filter((value): value is string => value !== undefined && value.length >= shortestSecret);
  return [...new Set(secrets)].sort((a, b) => b.length - a.length);
}

/** Of a URL: its password, and what stands in its query. */
function passwords(url: string | undefined): readonly string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { password, searchParams } = new URL(url);
  const said = [password, ...[...searchParams].filter(([name, value]) => isNamedSecret(name, value)).map(([, value]) => value)];
  try {
    return [...said, decodeURIComponent(password)];
  } catch {
    return said;
  }
}
