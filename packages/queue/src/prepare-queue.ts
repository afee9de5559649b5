// Run once before producers and consumers start: BullMQ never creates its Postgres schema by itself.
import { assertSchemaCompatibility, LATEST_SCHEMA_VERSION, runMigrations, SchemaMigrationRequiredError } from 'bullmq';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import type { QueueBackend } from './queue-backend.ts';
import { POSTGRES_SCHEMA, PRODUCER_DEADLINE_MS } from './queue-settings.ts';

export interface PrepareQueueOptions {
  /** Told what will lose jobs sooner or later. The default warns on stderr. */
  readonly onWarning?: (message: string) => void;
}

const schemaVersion = async (client: Client): Promise<number> => {
  try {
    return await assertSchemaCompatibility(client, POSTGRES_SCHEMA);
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0;
    throw error;
  }
};

// BullMQ takes an advisory lock, so any number of processes may do this at once. A schema that is already current is only
// read: a role without the right to create one can then start too.
const preparePostgres = async (url: string): Promise<void> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: PRODUCER_DEADLINE_MS });
  await client.connect();
  try {
    if ((await schemaVersion(client)) < LATEST_SCHEMA_VERSION) await runMigrations(client, POSTGRES_SCHEMA);
  } finally {
    await client.end();
  }
};

const evictionPolicy = async (redis: Redis): Promise<string> => {
  try {
    const [, policy] = (await redis.config('GET', 'maxmemory-policy')) as string[];
    return policy ?? 'unknown';
  } catch {
    // Hosted Redis often forbids CONFIG.
    return 'unknown';
  }
};

const prepareRedis = async (url: string, warn: (message: string) => void): Promise<void> => {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PRODUCER_DEADLINE_MS,
    commandTimeout: PRODUCER_DEADLINE_MS,
    retryStrategy: () => null,
  });
  // ioredis tells a failed connect as an event only; the promise merely says that the connection is closed.
  const faults: Error[] = [];
  redis.on('error', (error) => faults.push(error));
  try {
    await redis.connect();
    const policy = await evictionPolicy(redis);
    if (policy !== 'noeviction') {
      warn(
        `Redis may evict jobs: its maxmemory-policy is ${policy}. Set it to noeviction; until then jobs can vanish and are only added again by the reconciler.`,
      );
    }
  } catch (error) {
    throw faults[0] ?? error;
  } finally {
    redis.disconnect();
  }
};

/** Makes the backend ready for use; rejects when it is out of reach. Safe to run in several processes at once. */
export const prepareQueue = async (backend: QueueBackend, options: PrepareQueueOptions = {}): Promise<void> => {
  const { onWarning = (message: string) => process.emitWarning(message) } = options;
  await (backend.kind === 'postgres' ? preparePostgres(backend.url) : prepareRedis(backend.url, onWarning));
};
