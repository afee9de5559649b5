// The database of a command: the one DATABASE_URL names, or the embedded one of the data folder. A command on a data
// folder whose Postgres already serves attaches to it; otherwise it starts it, and stops it again at the end.

import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase, type Database, migrate, needsAdoption, openPool, startEmbeddedPostgres } from '@turnlog/db';
import type { Logger } from 'pino';

export interface OpenedDatabase {
  readonly url: string;
  readonly database: Database;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly log: Logger;
  /** Says what is waited for, in words for a person. */
  readonly say: (message: string) => void;
  /** `db adopt` alone opens a log that is not this cluster's yet. */
  readonly isAdopting?: boolean;
  readonly signal?: AbortSignal;
}

export const openDatabase = async (options: DatabaseOptions): Promise<OpenedDatabase> => {
  const { log } = options;
  const embedded =
    options.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDir: options.dataDir, log: (message) => log.info(message) })
      : undefined;
  if (embedded?.owned === false)
    log.info('uses the Postgres that another Turnlog process on this data folder started; it ends with that one');
  const url = options.databaseUrl ?? embedded?.url ?? '';
  try {
    await untilReachable(() => migrate(url, { onWarning: (message) => log.warn(message) }), options);
    if (!options.isAdopting) await refuseForeignLog(url);
    const database = createDatabase(url, {
      onUnavailable: (error, waiting) => log.warn({ err: error, waiting }, 'the database is away; appends wait for it'),
    });
    return {
      url,
      database,
      close: async () => {
        await database.close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
};

const firstPauseMs = 250;
const longestPauseMs = 3_000;
/** As long as a database container may take to come up; after that somebody should look. */
const patienceMs = 120_000;

/** A database that is not up yet is waited for, visibly; a wrong password or name is not. */
const untilReachable = async (attempt: () => Promise<void>, { say, signal }: DatabaseOptions): Promise<void> => {
  const until = performance.now() + patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!isAway(error) || performance.now() > until) throw explained(error);
      if (pauseMs === firstPauseMs) say(`Waiting for the database: ${messageOf(error)}`);
      await delay(pauseMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
};

/** Refused, unreachable or starting up (57P03); everything else will not mend itself. */
const isAway = (error: unknown): boolean =>
  [
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    '57P03',
    '57P01',
    '57P02',
    '08006',
    '08001',
  ].includes(codeOf(error)) || messageOf(error) === 'Connection terminated unexpectedly';

const codeOf = (error: unknown): string => {
  const { code, errors } = (error ?? {}) as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  return typeof code === 'string' ? code : errors?.[0] === undefined ? '' : codeOf(errors[0]);
};

const messageOf = (error: unknown): string => (error instanceof Error && error.message !== '' ? error.message : codeOf(error));

const explained = (error: unknown): Error =>
  new Error(`The database cannot be used: ${messageOf(error)}. Check DATABASE_URL, or unset it to use the embedded Postgres.`, {
    cause: error,
  });

const refuseForeignLog = async (url: string): Promise<void> => {
  const pool = openPool({ url, purpose: 'check', max: 1 });
  try {
    if (await needsAdoption(pool))
      throw new Error(
        'This log was restored from another cluster and part of it is hidden. Stop everything that uses it, then: turnlog db adopt',
      );
  } finally {
    await pool.end();
  }
};
