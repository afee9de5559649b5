// Connections of the event store and of what stands beside it. Each kind has its own pool, so that appends never queue behind lists.

import { StoreUnavailable } from '@turnlog/core';
import { type ClientBase, DatabaseError, Pool, type PoolClient } from 'pg';
import { becomeAppRole } from './app-role.ts';

export interface PoolOptions {
  readonly url: string;
  readonly purpose: string;
  readonly max: number;
  /** For statements whose right plan is known to be index lookups. */
  readonly lookupsOnly?: boolean;
  readonly statementTimeoutMs?: number;
}

// The hot statements are planned once, perhaps while the tables are still empty, and then live for days: a sequential scan
// that was right for ten rows must not be in that plan. Switching plans off inflates their cost, which must not wake the compiler.
const LOOKUPS_ONLY =
  'SET jit = off; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan';

const ignore = (): void => undefined;

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * A pool whose queries say `StoreUnavailable` where Postgres could not be asked. What goes through `withConnection` keeps the
 * raw error: the group commit reads it.
 */
export const openPool = ({
  url,
  purpose,
  max,
  lookupsOnly = false,
  statementTimeoutMs = STATEMENT_TIMEOUT_MS,
}: PoolOptions): Pool => {
  const pool = new Pool({
    connectionString: url,
    application_name: `turnlog ${purpose}`,
    max,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    // Also where the network swallows the answer.
    query_timeout: statementTimeoutMs + CONNECT_TIMEOUT_MS,
    // An open transaction holds back every reader of the whole log.
    idle_in_transaction_session_timeout: 30_000,
    onConnect: async (client: ClientBase) => {
      if (lookupsOnly) await client.query(LOOKUPS_ONLY);
      await becomeAppRole(client);
    },
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', ignore);
  const ask = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  return Object.assign(pool, {
    query: async (...args: unknown[]) => {
      const startedAt = performance.now();
      try {
        return await ask(...args);
      } catch (error) {
        throw isAway(error) ? new StoreUnavailable(performance.now() - startedAt, error) : error;
      }
    },
  });
};

/** Not an answer of Postgres at all, or its last words: 08 connection, 57P stopped by an operator. */
const isAway = (error: unknown): boolean =>
  !(error instanceof DatabaseError) || (error.code ?? '').startsWith('08') || (error.code ?? '').startsWith('57P');

/** Lends a connection. It is thrown away when anything fails: what a broken one would do next is unknown. */
export const withConnection = async <T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  // It may break between two queries, when nobody waits for an answer; the next query then fails.
  client.on('error', ignore);
  let isBroken = true;
  try {
    const result = await use(client);
    isBroken = false;
    return result;
  } finally {
    client.off('error', ignore);
    client.release(isBroken);
  }
};
