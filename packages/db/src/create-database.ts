// Everything Postgres does for the engine, on one URL.

import type { ConversationList, Erasure, EventStore, LiveFeed, LogCursor, ToolCatalogue, WorkLedger } from '@turnlog/core';
import { openPool } from './open-pool.ts';
import { createPostgresConversationList } from './postgres-conversation-list.ts';
import { createPostgresErasure } from './postgres-erasure.ts';
import { createPostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store.ts';
import { createPostgresLiveFeed } from './postgres-live-feed.ts';
import { createPostgresToolCatalogue } from './postgres-tool-catalogue.ts';
import { createPostgresWorkLedger } from './postgres-work-ledger.ts';
import { readHead } from './read-head.ts';

export interface DatabaseOptions extends Pick<PostgresEventStoreOptions, 'unavailableMs' | 'onUnavailable'> {
  /** Connections for reading the log; 1 more writes, 2 list, 1 listens. */
  readonly readers?: number;
}

export interface Database {
  readonly store: EventStore;
  readonly ledger: WorkLedger;
  readonly list: ConversationList;
  readonly erasure: Erasure;
  readonly feed: LiveFeed;
  readonly catalogue: ToolCatalogue;
  /** How far the log can be read now without missing anything. */
  head(): Promise<LogCursor>;
  /** Rejects when Postgres does not answer. */
  ping(): Promise<void>;
  /** Waits for the appends under way, then closes every connection. */
  close(): Promise<void>;
}

/** Connects to a migrated database. Connections open when they are needed, so a Postgres that is away is no error here. */
export const createDatabase = (url: string, { readers = 4, ...options }: DatabaseOptions = {}): Database => {
  const writer = openPool({ url, purpose: 'append', max: 1, lookupsOnly: true });
  const reader = openPool({ url, purpose: 'read', max: readers, lookupsOnly: true });
  const lists = openPool({ url, purpose: 'list', max: 2 });
  const store = createPostgresEventStore({ writer, reader, ...options });
  const feed = createPostgresLiveFeed(url);
  return {
    store,
    // Not beside the lists: a slow one must not cost a worker its lease.
    ledger: createPostgresWorkLedger(reader),
    list: createPostgresConversationList(lists),
    erasure: createPostgresErasure(lists),
    feed,
    catalogue: createPostgresToolCatalogue(lists),
    head: () => readHead(lists),
    ping: async () => {
      await reader.query('SELECT 1');
    },
    close: async () => {
      await store.idle();
      await Promise.all([feed.close(), writer.end(), reader.end(), lists.end()]);
    },
  };
};
