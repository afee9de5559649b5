import { REDIS_PREFIX } from './queue-settings.ts';

/** Where jobs wait. Postgres needs nothing else to run; Redis (or Valkey) is for scale-out. */
export type QueueBackend =
  | { readonly kind: 'postgres'; readonly url: string }
  | {
      readonly kind: 'redis';
      readonly url: string;
      /** Whose jobs they are: one Redis may serve several databases, and no worker may take jobs of another one than its own. */
      readonly database: string;
    };

export type RedisBackend = Extract<QueueBackend, { kind: 'redis' }>;

/** First part of every key of the queues of one database. */
export const redisPrefix = ({ database }: Pick<RedisBackend, 'database'>): string => `${REDIS_PREFIX}:${database}`;
