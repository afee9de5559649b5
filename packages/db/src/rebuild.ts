// Read models from the log: head rows and open work. Only what differs is written, so an append that overlaps finds its rows.

import type { ConversationSummary, OpenWork, Recorded } from '@turnlog/core';
import type { Pool, PoolClient } from 'pg';
import { encodeHead } from './encode-append.ts';
import { withConnection } from './open-pool.ts';
import { readEvents } from './read-events.ts';

export interface ReadModels {
  readonly summary: ConversationSummary;
  readonly work: readonly OpenWork[];
}

export type Rebuild = (conversationId: string, events: readonly Recorded[]) => ReadModels;

const NEXT_CONVERSATIONS = `
SELECT DISTINCT conversation_id AS id FROM events WHERE conversation_id > $1 ORDER BY conversation_id LIMIT 500`;

const LOCK_HEAD = 'SELECT FROM conversations WHERE id = $1 FOR UPDATE';

const PUT_HEAD = `
INSERT INTO conversations AS c (id, version, phase, model, title, tags, rating, forked_from, created_at, updated_at, summary)
VALUES ($1, $2, $3, $4, $5, ARRAY(SELECT json_array_elements_text($6::json)), $7, $8, $9, $10, $11::json)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, phase = excluded.phase, model = excluded.model, title = excluded.title,
    tags = excluded.tags, rating = excluded.rating, forked_from = excluded.forked_from, created_at = excluded.created_at,
    updated_at = excluded.updated_at, summary = excluded.summary
  WHERE (c.version, c.phase, c.model, c.title, c.tags, c.rating, c.forked_from, c.created_at, c.updated_at, c.summary::text)
    IS DISTINCT FROM (excluded.version, excluded.phase, excluded.model, excluded.title, excluded.tags, excluded.rating,
      excluded.forked_from, excluded.created_at, excluded.updated_at, excluded.summary::text)`;

const DROP_WORK = 'DELETE FROM open_work WHERE conversation_id = $1 AND step <> ALL ($2::int[])';

const PUT_WORK = `
INSERT INTO open_work AS o (conversation_id, step, attempt, due_at, claim, worker)
SELECT $1, w.* FROM unnest($2::int[], $3::int[], $4::timestamptz[], $5::text[], $6::text[]) AS w(step, attempt, due_at, claim, worker)
ON CONFLICT (conversation_id, step) DO UPDATE
  SET attempt = excluded.attempt, due_at = excluded.due_at, claim = excluded.claim, worker = excluded.worker
  WHERE (o.attempt, o.due_at, o.claim, o.worker) IS DISTINCT FROM (excluded.attempt, excluded.due_at, excluded.claim, excluded.worker)`;

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Rebuilds every conversation, each in a transaction of its own; appends go on meanwhile. Returns how many there were. */
export const rebuildReadModels = async (pool: Pool, rebuild: Rebuild, onProgress?: (done: number) => void): Promise<number> => {
  let done = 0;
  let after = BEFORE_ALL;
  for (;;) {
    const { rows } = await pool.query<{ id: string }>(NEXT_CONVERSATIONS, [after]);
    const last = rows.at(-1);
    if (last === undefined) return done;
    for (const { id } of rows) {
      await withConnection(pool, (client) => rebuildOne(client, id, rebuild));
      done += 1;
      onProgress?.(done);
    }
    after = last.id;
  }
};

const rebuildOne = async (client: PoolClient, id: string, rebuild: Rebuild): Promise<void> => {
  await client.query('BEGIN');
  await client.query(LOCK_HEAD, [id]);
  const { summary, work } = rebuild(id, await readEvents(client, id));
  const head = encodeHead(summary);
  await client.query(PUT_HEAD, [
    id,
    head.version,
    head.phase,
    head.model,
    head.title,
    head.tags,
    head.rating,
    head.forkedFrom,
    head.createdAt,
    head.updatedAt,
    head.summary,
  ]);
  await client.query(DROP_WORK, [id, work.map(({ step }) => step)]);
  await client.query(PUT_WORK, [
    id,
    work.map(({ step }) => step),
    work.map(({ attempt }) => attempt),
    work.map(({ dueAt }) => dueAt),
    work.map(({ claim }) => claim ?? null),
    work.map(({ worker }) => worker ?? null),
  ]);
  await client.query('COMMIT');
};
