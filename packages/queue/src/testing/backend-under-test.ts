import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { vi } from 'vitest';
import { prepareQueue } from '../prepare-queue.ts';
import { type QueueBackend, redisPrefix } from '../queue-backend.ts';
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A backend that a test may take away and empty without disturbing others. */
export interface BackendUnderTest {
  readonly backend: QueueBackend;
  readonly proxy: TcpProxy;
  /** Loses everything the queue holds, then prepares it anew. */
  wipe(): Promise<void>;
  close(): Promise<void>;
}

export const withClient = async <T>(url: string, use: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
};

/** A database of its own beside the one in `url`. */
export const createDatabase = async (url: string): Promise<{ readonly url: string; drop(): Promise<void> }> => {
  const name = `turnlog_queue_${randomUUID().replaceAll('-', '')}`;
  await withClient(url, (client) => client.query(`CREATE DATABASE ${name}`));
  const own = new URL(url);
  own.pathname = name;
  return {
    url: own.href,
    drop: async () => {
      await withClient(url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
};

export const postgresUnderTest = async (url: string): Promise<BackendUnderTest> => {
  const database = await createDatabase(url);
  const proxy = await openTcpProxy(database.url);
  const backend = { kind: 'postgres', url: proxy.url } as const;
  await prepareQueue(backend);
  return {
    backend,
    proxy,
    wipe: async () => {
      // A consumer at work holds locks in another order, so Postgres may choose this statement as a deadlock's victim.
      await vi.waitFor(() => withClient(database.url, (client) => client.query('DROP SCHEMA bullmq CASCADE')), 10_000);
      await prepareQueue(backend);
    },
    close: async () => {
      await proxy.close();
      await database.drop();
    },
  };
};

// Only its own queues go: other tests may use the same Redis.
export const redisUnderTest = async (url: string): Promise<BackendUnderTest> => {
  const proxy = await openTcpProxy(url);
  const redis = new Redis(url);
  const backend = { kind: 'redis', url: proxy.url, database: `contract-${randomUUID()}` } as const;
  await prepareQueue(backend, { onWarning: () => undefined });
  const wipe = async (): Promise<void> => {
    const keys = await redis.keys(`${redisPrefix(backend)}:*`);
    if (keys.length > 0) await redis.del(...keys);
  };
  return {
    backend,
    proxy,
    wipe,
    close: async () => {
      await wipe();
      await proxy.close();
      redis.disconnect();
    },
  };
};
