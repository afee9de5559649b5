// The tables. `events` is the only truth; all the others but `blobs`, `segments`, `leases`, `mcp_sessions`,
// `redaction_keys` and those of bulk work are rebuilt from it (`rebuild.ts`).
// WARNING: a change here needs a migration (`npm run db:generate -w packages/db`); a released migration is never edited.

import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });
/** Sorted by its bytes, so that pages come in the same order on every server. */
const byteText = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });
/** Milliseconds: what an ISO time of the log holds, so that it comes back the same. */
const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

export const events = pgTable(
  'events',
  {
    conversationId: uuid('conversation_id').notNull(),
    version: integer('version').notNull(),
    position: bigint('position', { mode: 'bigint' }).generatedAlwaysAsIdentity().notNull(),
    transactionId: xid8('transaction_id').default(sql`pg_current_xact_id()`).notNull(),
    type: text('type').notNull(),
    schemaVersion: integer('schema_version').notNull(),
    // json, not jsonb: jsonb reorders keys, rewrites numbers and refuses U+0000.
    data: json('data').notNull(),
    /** Where strings of more than 64 KiB stood: `[{path, sha256}]`; in `data` null stands in their place. */
    blobs: json('blobs'),
    commandId: text('command_id'),
    fingerprint: text('fingerprint'),
    causation: text('causation'),
    correlation: text('correlation'),
    recordedAt: time('recorded_at').notNull(),
  },
  (table) => [
    primaryKey({ name: 'events_version_key', columns: [table.conversationId, table.version] }),
    uniqueIndex('events_command_key').on(table.conversationId, table.commandId).where(sql`${table.commandId} IS NOT NULL`),
    index('events_log_order').on(table.transactionId, table.position),
  ],
);

/** One head row per conversation: it admits appends, and lists read it. The columns are for filters, `summary` is what is shown. */
export const conversations = pgTable(
  'conversations',
  {
    id: uuid('id').primaryKey(),
    version: integer('version').notNull(),
    phase: text('phase').notNull(),
    model: text('model').notNull(),
    title: text('title').notNull(),
    tags: text('tags').array().notNull(),
    rating: smallint('rating'),
    forkedFrom: uuid('forked_from'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    summary: json('summary').notNull(),
  },
  // Read backwards for newest first: drizzle's `desc()` means NULLS LAST, which no plain ORDER BY … DESC can use.
  (table) => [
    index('conversations_newest').on(table.createdAt, table.id),
    index('conversations_forked_from').on(table.forkedFrom).where(sql`${table.forkedFrom} IS NOT NULL`),
  ],
);

/** What the log says is still to be done: outbox, timer and the reconciler's index in one. */
export const openWork = pgTable(
  'open_work',
  {
    conversationId: uuid('conversation_id').notNull(),
    step: integer('step').notNull(),
    attempt: integer('attempt').notNull(),
    dueAt: time('due_at').notNull(),
    claim: text('claim'),
    worker: text('worker'),
  },
  (table) => [
    primaryKey({ name: 'open_work_key', columns: [table.conversationId, table.step] }),
    index('open_work_due').on(table.dueAt).where(sql`${table.claim} IS NULL`),
    index('open_work_worker').on(table.worker).where(sql`${table.worker} IS NOT NULL`),
  ],
);

export const leases = pgTable('leases', {
  worker: text('worker').primaryKey(),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
});

/** Which worker holds the MCP session of a conversation with a server. It is live as long as that worker's lease, and a while longer. */
export const mcpSessions = pgTable(
  'mcp_sessions',
  {
    conversationId: uuid('conversation_id').notNull(),
    server: text('server').notNull(),
    sessionId: text('session_id').notNull(),
    worker: text('worker').notNull(),
    /** How any worker can go on with it; null where only its own can. */
    resume: text('resume'),
    usedAt: timestamp('used_at', { withTimezone: true }).defaultNow().notNull(),
  },
  (table) => [
    primaryKey({ name: 'mcp_sessions_key', columns: [table.conversationId, table.server] }),
    index('mcp_sessions_worker').on(table.worker),
  ],
);

/** Long strings of events, never shared between conversations, so that erasing one is whole. */
export const blobs = pgTable(
  'blobs',
  {
    conversationId: uuid('conversation_id').notNull(),
    /** Of `content` as it stands here. */
    sha256: text('sha256').notNull(),
    /** The string as JSON text: a text column holds no U+0000 and no lone surrogate, JSON's escapes do. */
    content: text('content').notNull(),
  },
  (table) => [primaryKey({ name: 'blobs_key', columns: [table.conversationId, table.sha256] })],
);

/** Whose events a fork's versions 1..N are; flattened at fork time, so reading never follows a chain of parents. */
export const segments = pgTable(
  'segments',
  {
    conversationId: uuid('conversation_id').notNull(),
    ordinal: integer('ordinal').notNull(),
    sourceId: uuid('source_id').notNull(),
    fromVersion: integer('from_version').notNull(),
    toVersion: integer('to_version').notNull(),
  },
  (table) => [
    primaryKey({ name: 'segments_key', columns: [table.conversationId, table.ordinal] }),
    index('segments_source').on(table.sourceId),
  ],
);

/** Tombstones whose contents are still there: put in and taken out by triggers. Mostly there is none. */
export const openErasures = pgTable('open_erasures', {
  conversationId: uuid('conversation_id').primaryKey(),
  toldAt: time('told_at').notNull(),
  /** When a worker last took it on, and how often one has. */
  takenAt: time('taken_at'),
  tries: integer('tries').notNull().default(0),
});

/** What was erased and when: the only trace of it besides its tombstones. */
export const erasures = pgTable('erasures', {
  id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
  conversationId: uuid('conversation_id').notNull(),
  erasedAt: timestamp('erased_at', { withTimezone: true }).defaultNow().notNull(),
  erasedBy: text('erased_by').default(sql`session_user`).notNull(),
  /** Events whose contents went. */
  events: integer('events').notNull(),
  /** Forks that got the shared prefix as their own. */
  detached: uuid('detached').array().notNull(),
});

/** Which datasets hold rows of which conversations: what an erasure names. */
export const datasetConversations = pgTable(
  'dataset_conversations',
  {
    dataset: text('dataset').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    registeredAt: timestamp('registered_at', { withTimezone: true }).defaultNow().notNull(),
  },
  (table) => [
    primaryKey({ name: 'dataset_conversations_key', columns: [table.dataset, table.conversationId] }),
    index('dataset_conversations_conversation').on(table.conversationId),
  ],
);

/** Batches, exports and backtests: asked for once, carried on by whichever worker holds the row. */
export const bulkWork = pgTable(
  'bulk_work',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind').notNull(),
    phase: text('phase').notNull(),
    fingerprint: text('fingerprint').notNull(),
    about: json('about').notNull(),
    request: json('request').notNull(),
    isCancelled: boolean('is_cancelled').default(false).notNull(),
    budget: json('budget'),
    progress: json('progress'),
    result: json('result'),
    failure: text('failure'),
    createdAt: time('created_at').defaultNow().notNull(),
    updatedAt: time('updated_at').defaultNow().notNull(),
    dueAt: timestamp('due_at', { withTimezone: true }).defaultNow().notNull(),
    claim: text('claim'),
    worker: text('worker'),
  },
  (table) => [
    index('bulk_work_newest').on(table.kind, table.createdAt, table.id),
    index('bulk_work_due').on(table.dueAt).where(sql`${table.phase} IN ('queued', 'running', 'waiting')`),
    uniqueIndex('bulk_work_claim').on(table.claim).where(sql`${table.claim} IS NOT NULL`),
    index('bulk_work_worker').on(table.worker).where(sql`${table.worker} IS NOT NULL`),
  ],
);

/** Parts of bulk work that are done, each written once. */
export const bulkItems = pgTable(
  'bulk_items',
  {
    bulkId: uuid('bulk_id').notNull(),
    item: byteText('item').notNull(),
    result: json('result').notNull(),
  },
  (table) => [primaryKey({ name: 'bulk_items_key', columns: [table.bulkId, table.item] })],
);

/** What each configured MCP server offered when a worker last looked: for people, never for decisions. */
export const toolCatalogue = pgTable('tool_catalogue', {
  server: text('server').primaryKey(),
  listedAt: time('listed_at').notNull(),
  entry: json('entry').notNull(),
});

/** One row: what the placeholders of secrets are made with, so that a row has the same ones whenever it is made from this log. */
export const redactionKeys = pgTable('redaction_keys', {
  id: boolean('id').primaryKey().default(true),
  key: text('key').notNull(),
});
