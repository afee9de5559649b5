// How the queue connects to Redis. A producer fails fast: what it could not add is still due in the log. A consumer waits
// for ever: it has nothing else to do.
import type { RedisAccess } from './ending-redis-backend.ts';
import { PRODUCER_DEADLINE_MS } from './queue-settings.ts';

export const producerRedis = (url: string): RedisAccess => ({
  url,
  connectTimeout: PRODUCER_DEADLINE_MS,
  commandTimeout: PRODUCER_DEADLINE_MS,
  maxRetriesPerRequest: 1,
  // Without it ioredis keeps every command of an outage in memory, then sends them all.
  enableOfflineQueue: false,
});

export const consumerRedis = (url: string): RedisAccess => ({
  url,
  connectTimeout: PRODUCER_DEADLINE_MS,
  maxRetriesPerRequest: null,
});
