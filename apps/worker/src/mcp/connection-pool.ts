// One open connection for each key. Simultaneous first uses share one connect, a dead connection is replaced by the
// next use, an idle one is closed, and so is the least recently used one of too many.

import { abortable } from './abortable.ts';

export interface PooledConnection {
  isOpen(): boolean;
  close(): Promise<void>;
}

export interface PoolKey {
  readonly server: string;
  /** Absent for a connection that everyone shares. */
  readonly conversationId?: string | undefined;
}

export interface ConnectionPool<C> {
  /** Gives `work` a connection that stays open while it runs. Rejects if it cannot be opened, or aborts first. */
  use<T>(key: PoolKey, signal: AbortSignal, work: (connection: C) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface PoolOptions<C> {
  readonly open: (server: string, signal: AbortSignal) => Promise<C>;
  readonly idleMs: number;
  readonly maxConversations: number;
}

interface Entry<C> {
  readonly opening: Promise<C>;
  readonly isOfConversation: boolean;
  opened?: C;
  users: number;
  idleTimer?: NodeJS.Timeout;
}

export function createConnectionPool<C extends PooledConnection>(options: PoolOptions<C>): ConnectionPool<C> {
  const { open, idleMs, maxConversations } = options;
  /** In order of last use. */
  const entries = new Map<string, Entry<C>>();
  const leaving = new Set<Promise<void>>();
  const closed = new AbortController();

  function end(key: string, entry: Entry<C>): void {
    if (entries.get(key) === entry) entries.delete(key);
    clearTimeout(entry.idleTimer);
    const left = entry.opening.then((connection) => connection.close()).catch(() => {});
    leaving.add(left);
    left.finally(() => leaving.delete(left));
  }

  function makeRoom(): void {
    const conversations = [...entries].filter(([, entry]) => entry.isOfConversation);
    const excess = conversations.length - maxConversations + 1;
    const unused = conversations.filter(([, entry]) => entry.users === 0);
    for (const [key, entry] of unused.slice(0, Math.max(0, excess))) end(key, entry);
  }

  function create(key: string, { server, conversationId }: PoolKey): Entry<C> {
    const isOfConversation = conversationId !== undefined;
    if (isOfConversation) makeRoom();
    const entry: Entry<C> = { opening: open(server, closed.signal), isOfConversation, users: 0 };
    entry.opening.then(
      (connection) => {
        entry.opened = connection;
      },
      () => end(key, entry),
    );
    return entry;
  }

  function entryFor(poolKey: PoolKey): [string, Entry<C>] {
    const key = JSON.stringify([poolKey.server, poolKey.conversationId]);
    const present = entries.get(key);
    if (present?.opened?.isOpen() === false) end(key, present);
    const entry = entries.get(key) ?? create(key, poolKey);
    entries.delete(key);
    entries.set(key, entry);
    return [key, entry];
  }

  function letIdle(key: string, entry: Entry<C>): void {
    entry.users -= 1;
    if (entry.users > 0 || entries.get(key) !== entry) return;
    entry.idleTimer = setTimeout(end, idleMs, key, entry).unref();
  }

  return {
    async use(poolKey, signal, work) {
      signal.throwIfAborted();
      closed.signal.throwIfAborted();
      const [key, entry] = entryFor(poolKey);
      clearTimeout(entry.idleTimer);
      entry.users += 1;
      try {
        return await work(await abortable(entry.opening, signal));
      } finally {
        letIdle(key, entry);
      }
    },
    async close() {
      closed.abort(new Error('the tool host is closed'));
      for (const [key, entry] of entries) end(key, entry);
      await Promise.all(leaving);
    },
  };
}
