// The one place that reads environment variables. The rest of the program gets this object and never sees `process.env`.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigurationError } from './configuration-error.ts';
import { type EnvironmentVariables, variables as specification } from './environment-variables.ts';
import { maskSecret, maskUrl } from './mask.ts';
import { userFolder } from './user-folder.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Environment {
  /** The folder the user typed the command in. */
  readonly folder: string;
  readonly databaseUrl: string | undefined;
  /** Set: jobs go through Redis or Valkey instead of Postgres. */
  readonly redisUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly token: string | undefined;
  /** A file that was named must exist; the default one need not. */
  readonly configFile: { readonly path: string; readonly isNamed: boolean };
  readonly dataDir: string;
  readonly openai: {
    readonly apiKey: string | undefined;
    readonly baseUrl: string | undefined;
    readonly model: string | undefined;
  };
  readonly huggingFace: { readonly token: string | undefined; readonly endpoint: string };
  readonly logLevel: EnvironmentVariables['LOG_LEVEL'];
  /** Attempts that one process performs at the same time; absent leaves it to the worker. */
  readonly concurrency: number | undefined;
  /** Everything that was set, for `${VAR}` in the configuration file and for `apiKeyEnv`. */
  readonly variables: Variables;
}

export interface EnvironmentSource {
  readonly variables?: Variables;
  readonly currentFolder?: string;
}

/** Reads and checks the environment; a bad value stops with every problem there is. */
export function readEnvironment({
  variables: real = process.env,
  currentFolder = process.cwd(),
}: EnvironmentSource = {}): Environment {
  const folder = userFolder(real, currentFolder);
  const all: Variables = { ...readDotEnv(join(folder, '.env')), ...real };
  const checked = check(all);
  return {
    folder,
    databaseUrl: checked.DATABASE_URL,
    redisUrl: checked.REDIS_URL,
    host: checked.TURNLOG_HOST,
    port: checked.TURNLOG_PORT,
    allowedHosts: checked.TURNLOG_ALLOWED_HOSTS,
    token: checked.TURNLOG_TOKEN,
    configFile: configFileIn(folder, checked.TURNLOG_CONFIG),
    dataDir: resolve(folder, checked.TURNLOG_DATA_DIR),
    openai: { apiKey: checked.OPENAI_API_KEY, baseUrl: checked.OPENAI_BASE_URL, model: checked.OPENAI_MODEL },
    huggingFace: { token: checked.HF_TOKEN, endpoint: checked.HF_ENDPOINT },
    logLevel: checked.LOG_LEVEL,
    concurrency: checked.TURNLOG_CONCURRENCY,
    variables: all,
  };
}

/** Gives the configuration file to read: `--config`, else `TURNLOG_CONFIG`, else `config.json`. */
export function configFileIn(folder: string, named: string | undefined): Environment['configFile'] {
  return { path: resolve(folder, named ?? 'config.json'), isNamed: named !== undefined };
}

function readDotEnv(path: string): Variables {
  try {
    return parseEnv(readFileSync(path, 'utf8')) as Variables;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A folder called `.env` is a Python virtual environment.
    if (code === 'ENOENT' || code === 'EISDIR') return {};
    throw new ConfigurationError(path, [{ path: '', message: `it cannot be read (${code ?? 'unknown error'})` }]);
  }
}

function check(all: Variables): EnvironmentVariables {
  const problems: { path: string; message: string }[] = [];
  const checked: Record<string, unknown> = {};
  for (const [name, { schema, takes, shown }] of Object.entries(specification)) {
    // An empty variable means "not set": Compose and shells pass `NAME=` for what the user left out.
    const value = all[name]?.trim() || undefined;
    const result = schema.safeParse(value);
    if (result.success) checked[name] = result.data;
    else problems.push({ path: name, message: `got ${show(value ?? '', shown)}, takes ${takes}` });
  }
  if (problems.length > 0) throw new ConfigurationError('The environment', problems);
  return checked as EnvironmentVariables;
}

function show(value: string, shown: 'plain' | 'url' | 'never'): string {
  if (shown === 'plain') return JSON.stringify(value);
  return shown === 'url' ? maskUrl(value) : maskSecret(value);
}
