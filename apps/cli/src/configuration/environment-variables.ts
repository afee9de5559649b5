// Every environment variable that Turnlog reads: what it takes, and how a refused value may be shown.

import { z } from 'zod';

interface Variable<T> {
  readonly schema: z.ZodType<T, string | undefined>;
  /** Ends the sentence "takes …". */
  readonly takes: string;
  readonly shown: 'plain' | 'url' | 'never';
}

const variable = <T>(shown: Variable<T>['shown'], takes: string, schema: Variable<T>['schema']): Variable<T> => ({
  schema,
  takes,
  shown,
});

const url = (...protocols: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol));
const httpUrl = url('http:', 'https:').transform((text) => text.replace(/\/+$/, ''));
// What an HTTP header can carry; a key pasted with its line break fails here instead of at the first call.
const key = z.string().regex(/^[\x21-\x7e]+$/);
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((number) => number >= min && number <= max);
const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;
const hosts = z
  .string()
  .transform((text) => text.split(',').map((host) => host.trim()))
  .refine((list) => list.every((host) => hostPattern.test(host)))
  // The Host check compares names; a port that someone adds says nothing more.
  .transform((list) => list.map((host) => host.toLowerCase().replace(/:\d+$/, '')));

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const variables = {
  DATABASE_URL: variable('url', 'postgres://user:password@host:5432/database', url('postgres:', 'postgresql:').optional()),
  REDIS_URL: variable('url', 'redis://host:6379 or rediss://…', url('redis:', 'rediss:').optional()),
  TURNLOG_HOST: variable(
    'plain',
    'a host name or IP address without scheme or port, such as 127.0.0.1',
    z
      .string()
      .regex(/^[a-z0-9._:-]+$/i)
      .refine((host) => !/^[^:]*:\d+$/.test(host))
      .default('127.0.0.1'),
  ),
  TURNLOG_PORT: variable('plain', 'a whole number from 0 (any free port) to 65535', wholeNumber(0, 65_535).default(3210)),
  TURNLOG_ALLOWED_HOSTS: variable(
    'plain',
    'host names separated by commas, such as turnlog.example.org,10.0.0.5',
    hosts.default([]),
  ),
  TURNLOG_TOKEN: variable('never', 'letters, digits and signs without spaces', key.optional()),
  TURNLOG_CONFIG: variable('plain', 'the path of a file', z.string().optional()),
  TURNLOG_DATA_DIR: variable('plain', 'the path of a folder', z.string().default('.turnlog')),
  OPENAI_API_KEY: variable('never', 'a key without spaces', key.optional()),
  OPENAI_BASE_URL: variable(
    'url',
    'an http(s) URL up to and including the version, such as http://localhost:8000/v1',
    httpUrl.optional(),
  ),
  OPENAI_MODEL: variable('plain', 'the name of a model', z.string().optional()),
  HF_TOKEN: variable('never', 'a token without spaces', key.optional()),
  HF_ENDPOINT: variable('url', 'an http(s) URL', httpUrl.default('https://huggingface.co')),
  LOG_LEVEL: variable('plain', logLevels.join(', '), z.enum(logLevels).default('info')),
  TURNLOG_CONCURRENCY: variable('plain', 'a whole number from 1 to 1000', wholeNumber(1, 1000).optional()),
} as const;

export type EnvironmentVariables = { readonly [Name in keyof typeof variables]: z.output<(typeof variables)[Name]['schema']> };
