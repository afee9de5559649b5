// BullMQ's Redis backend on clients of our own, because BullMQ cannot close one that Redis has left: it waits for ever for
// the end of a client that is between two tries, and for commands that such a client keeps (#4585, ioredis).
import { once } from 'node:events';
import { type BackendFactory, QueueKeys, RedisConnection, RedisQueueBackend } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';

/** `retryStrategy` is ours: it ends when the backend closes. */
export type RedisAccess = RedisOptions & { readonly url: string };

// ioredis would wait up to 20 s between tries, as BullMQ configures it; a Redis that is back must be noticed within a second.
const retryPauseMs = (tries: number): number => Math.min(tries * 100, 1_000);

class EndingRedisBackend extends RedisQueueBackend {
  readonly #end: () => Promise<void>;

  constructor(end: () => Promise<void>, ...rest: ConstructorParameters<typeof RedisQueueBackend>) {
    super(...rest);
    this.#end = end;
  }

  // A Worker that closes calls this first.
  override async disconnectBlocking(wait?: boolean): Promise<void> {
    await this.#end();
    await super.disconnectBlocking(wait);
  }

  override async close(force?: boolean): Promise<void> {
    await this.#end();
    await super.close(force);
  }
}

/** `prefix`: the first part of every key. */
export const createEndingRedisBackend =
  (prefix: string): BackendFactory<RedisQueueBackend, RedisAccess> =>
  (name, opts, factoryOptions = {}) => {
    const { url, ...redisOptions } = opts.connection;
    const clients: Redis[] = [];
    let isEnding = false;

    const connect = (blocking: boolean): RedisConnection => {
      const client = new Redis(url, { ...redisOptions, retryStrategy: (tries) => (isEnding ? null : retryPauseMs(tries)) });
      clients.push(client);
      return new RedisConnection(client, { shared: false, blocking });
    };

    // With no more tries, a client without Redis ends by itself within a second and rejects what it keeps.
    const end = async (): Promise<void> => {
      isEnding = true;
      const away = clients.filter((client) => client.status !== 'ready' && client.status !== 'end');
      await Promise.all(away.map((client) => Promise.race([once(client, 'end'), once(client, 'ready')]).catch(() => undefined)));
    };

    const keys = new QueueKeys(prefix);
    return new EndingRedisBackend(
      end,
      connect(false),
      name,
      keys.getKeys(name),
      (type) => keys.toKey(name, type),
      { ...opts, connection: redisOptions },
      factoryOptions.withBlockingConnection === true ? connect(true) : undefined,
    );
  };
