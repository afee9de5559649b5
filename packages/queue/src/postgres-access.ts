// How the queue connects to Postgres. Its connections commit asynchronously: a crash of Postgres may forget claims and
// completions, and the log absorbs a step that is performed again. Only the queue's own connections do so.
import type { PostgresPoolConfig } from 'bullmq';
import {
  APPLICATION_NAME,
  CONSUMER_POOL_SIZE,
  CONSUMER_STATEMENT_TIMEOUT_MS,
  POSTGRES_SCHEMA,
  PRODUCER_DEADLINE_MS,
  PRODUCER_POOL_SIZE,
} from './queue-settings.ts';

// node-postgres lets `options` in the URL replace ours, and with it the search_path that BullMQ appends.
const takeOptions = (url: string): { readonly connectionString: string; readonly options: string } => {
  const ours = '-c synchronous_commit=off';
  if (!url.includes('options=')) return { connectionString: url, options: ours };
  const parsed = new URL(url);
  const theirs = parsed.searchParams.get('options') ?? '';
  parsed.searchParams.delete('options');
  return { connectionString: parsed.href, options: `${theirs} ${ours}`.trim() };
};

const connection = (url: string, max: number, queryTimeoutMs: number): PostgresPoolConfig => ({
  ...takeOptions(url),
  schema: POSTGRES_SCHEMA,
  application_name: APPLICATION_NAME,
  max,
  keepAlive: true,
  connectionTimeoutMillis: PRODUCER_DEADLINE_MS,
  query_timeout: queryTimeoutMs,
});

export const producerPostgres = (url: string): PostgresPoolConfig => connection(url, PRODUCER_POOL_SIZE, PRODUCER_DEADLINE_MS);

/** Besides this pool a consumer holds one connection for LISTEN. */
export const consumerPostgres = (url: string): PostgresPoolConfig =>
  connection(url, CONSUMER_POOL_SIZE, CONSUMER_STATEMENT_TIMEOUT_MS);
