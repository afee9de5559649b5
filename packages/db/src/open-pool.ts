// Connections of the event store and of what stands beside it. Each kind has its own pool, so that appends never queue behind lists.

import { type ClientBase, Pool, type PoolClient } from 'pg';
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
  return pool;
};

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
