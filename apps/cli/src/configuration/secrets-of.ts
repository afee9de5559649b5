// Every secret this process was given, so that logs and events can be searched for it.

import type { Configuration } from './config-file.ts';
import type { Environment } from './environment.ts';
import type { ModelFlags } from './models.ts';

/** Shorter values stand in ordinary text by chance; hiding them would hide the text. */
const shortestSecret = 6;

/** Gives the values that may never be written down, longest first, so that no part of one stays visible. */
export function secretsOf(
  { databaseUrl, redisUrl, token, openai, huggingFace, variables }: Environment,
  { models }: Pick<Configuration, 'models'>,
  { apiKey }: ModelFlags = {},
): readonly string[] {
  const values = [
    token,
    openai.apiKey,
    huggingFace.token,
    apiKey,
    ...passwords(databaseUrl),
    ...passwords(redisUrl),
    ...passwords(openai.baseUrl),
    ...Object.values(models).flatMap((model) => [
      model.apiKeyEnv === undefined ? undefined : variables[model.apiKeyEnv],
      ...passwords(model.baseUrl),
    ]),
  ];
  const secrets = values.filter((value): value is string => value !== undefined && value.length >= shortestSecret);
  return [...new Set(secrets)].sort((a, b) => b.length - a.length);
}

function passwords(url: string | undefined): readonly string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { password } = new URL(url);
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
