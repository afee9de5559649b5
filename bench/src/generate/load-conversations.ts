// Puts generated conversations into an empty log, in the rows that the engine's own statement would have left, a few thousand
// at a time: only idle ones, which have no open work.

import type { Append } from '@turnlog/core';
import { type EncodedAppend, encodeAppend } from '@turnlog/db';
import type { Pool } from 'pg';

const EVENTS = `
INSERT INTO events (conversation_id, version, type, schema_version, data, command_id, causation, recorded_at)
SELECT id, version, type, schema_version, data::json, command_id, causation, recorded_at
  FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
    AS e(id, version, type, schema_version, data, command_id, causation, recorded_at)`;

const HEADS = `
INSERT INTO conversations (id, version, phase, model, title, tags, created_at, updated_at, summary)
SELECT id, version, phase, model, title, ARRAY(SELECT json_array_elements_text(tags::json)), created_at, updated_at, summary::json
  FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::text[])
    AS h(id, version, phase, model, title, tags, created_at, updated_at, summary)`;

const eventsOfBatch = 5_000;

/** Returns how many events there were. */
export const loadConversations = async (pool: Pool, conversations: Iterable<Iterable<Append>>): Promise<number> => {
  let loaded = 0;
  let batch: EncodedAppend[] = [];
  let waiting = 0;
  const heads: EncodedAppend[] = [];
  const flush = async (): Promise<void> => {
    await pool.query(EVENTS, eventColumns(batch));
    await pool.query(HEADS, headColumns(heads.splice(0)));
    loaded += waiting;
    [batch, waiting] = [[], 0];
  };
  for (const appends of conversations) {
    let last: EncodedAppend | undefined;
    for (const append of appends) {
      last = encodeAppend(append);
      batch.push(last);
      waiting += last.events.length;
      if (waiting >= eventsOfBatch) await flush();
    }
    if (last === undefined) continue;
    if (last.head.phase !== 'idle')
      throw new Error(`Conversation ${last.conversationId} is ${last.head.phase}: it has open work.`);
    heads.push(last);
  }
  await flush();
  return loaded;
};

const eventColumns = (appends: readonly EncodedAppend[]): unknown[] => {
  const rows = appends.flatMap(({ conversationId, events }) => events.map((event) => ({ conversationId, ...event })));
  const column = (pick: (row: (typeof rows)[number]) => unknown) => rows.map(pick);
  return [
    column((row) => row.conversationId),
    column((row) => row.version),
    column((row) => row.type),
    column((row) => row.schemaVersion),
    column((row) => row.data),
    column((row) => row.commandId),
    column((row) => row.causation),
    column((row) => row.recordedAt),
  ];
};

const headColumns = (appends: readonly EncodedAppend[]): unknown[] => {
  const column = (pick: (append: EncodedAppend) => unknown) => appends.map(pick);
  return [
    column(({ conversationId }) => conversationId),
    column(({ head }) => head.version),
    column(({ head }) => head.phase),
    column(({ head }) => head.model),
    column(({ head }) => head.title),
    column(({ head }) => head.tags),
    column(({ head }) => head.createdAt),
    column(({ head }) => head.updatedAt),
    column(({ head }) => head.summary),
  ];
};
