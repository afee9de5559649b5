// Everything Postgres does for the engine, on one URL.

import type {
  BulkLedger,
  ConversationList,
  DatasetRegistry,
  Erasure,
  EventStore,
  LiveFeed,
  LogCursor,
  McpSessionLedger,
  ToolCatalogue,
  WorkLedger,
} from '@turnlog/core';
import { openPool } from './open-pool.ts';
import { placesInLog } from './places-in-log.ts';
import { createPostgresBulkLedger } from './postgres-bulk-ledger.ts';
import { createPostgresConversationList } from './postgres-conversation-list.ts';
import { createPostgresDatasetRegistry } from './postgres-dataset-registry.ts';
import { createPostgresErasure } from './postgres-erasure.ts';
import { createPostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store.ts';
import { createPostgresLiveFeed } from './postgres-live-feed.ts';
import { createPostgresMcpSessionLedger } from './postgres-mcp-session-ledger.ts';
import { createPostgresToolCatalogue } from './postgres-tool-catalogue.ts';
import { createPostgresWorkLedger } from './postgres-work-ledger.ts';
import { readDatabaseId } from './read-database-id.ts';
import { readHead } from './read-head.ts';
import { readRedactionKey } from './read-redaction-key.ts';
import { versionsAt } from './versions-at.ts';

export interface DatabaseOptions extends Pick<PostgresEventStoreOptions, 'unavailableMs' | 'onUnavailable'> {
  /** Connections for reading the log; 1 more writes, 2 list, 1 listens. */
  readonly readers?: number;
}

export interface Database {
  readonly store: EventStore;
  readonly ledger: WorkLedger;
  readonly mcpSessions: McpSessionLedger;
  readonly bulk: BulkLedger;
  readonly list: ConversationList;
  readonly erasure: Erasure;
  readonly datasets: DatasetRegistry;
  readonly feed: LiveFeed;
  readonly catalogue: ToolCatalogue;
  /** How far the log can be read now without missing anything. */
  head(): Promise<LogCursor>;
  /** The last version of each conversation at that point; absent where it had no event of its own yet. */
  versionsAt(ids: readonly string[], through: LogCursor): Promise<ReadonlyMap<string, number>>;
  /** Where a conversation's own events stand in the whole log: by version, as text that sorts as the log does. */
  placesInLog(conversationId: string): Promise<ReadonlyMap<number, string>>;
  /** The same for all processes that use this database, another for every other. */
  id(): Promise<string>;
  /** Random, and as old as the log. */
  redactionKey(): Promise<string>;
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
    mcpSessions: createPostgresMcpSessionLedger(reader),
    bulk: createPostgresBulkLedger(lists),
    list: createPostgresConversationList(lists),
    erasure: createPostgresErasure(lists),
    datasets: createPostgresDatasetRegistry(lists),
    feed,
    catalogue: createPostgresToolCatalogue(lists),
    head: () => readHead(lists),
    versionsAt: (ids, through) => versionsAt(lists, ids, through),
    placesInLog: (conversationId) => placesInLog(lists, conversationId),
    id: () => readDatabaseId(lists),
    redactionKey: () => readRedactionKey(lists),
    ping: async () => {
      await reader.query('SELECT 1');
    },
    close: async () => {
      await store.idle();
      await Promise.all([feed.close(), writer.end(), reader.end(), lists.end()]);
    },
  };
};
