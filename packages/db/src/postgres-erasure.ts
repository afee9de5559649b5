// Erasing goes through one function of the owner (drizzle/0004): the application's role cannot change an event by itself.

import type { Erasure, UnfinishedErasure } from '@turnlog/core';
import type { Pool } from 'pg';
import { isUuid } from './encode-append.ts';

const READERS = `
SELECT DISTINCT c.id, c.phase = 'closed' AS "isErased"
  FROM segments s JOIN conversations c ON c.id = s.conversation_id WHERE s.source_id = $1 ORDER BY c.id`;

// Each try waits twice as long for the next one: an erasure holds up all appends for as long as it takes.
const TAKE_UNFINISHED = `
WITH due AS (
  SELECT conversation_id FROM open_erasures
   WHERE told_at < $1 AND (taken_at IS NULL OR taken_at < $1::timestamptz - interval '1 minute' * (2 ^ least(tries - 1, 10) - 1))
   ORDER BY told_at LIMIT $3 FOR UPDATE SKIP LOCKED),
taken AS (
  UPDATE open_erasures o SET taken_at = $2, tries = tries + 1 FROM due
   WHERE o.conversation_id = due.conversation_id RETURNING o.conversation_id, o.told_at)
SELECT taken.conversation_id AS id, coalesce(tombstone.data ->> 'forks', 'detach') AS forks
  FROM taken JOIN conversations c ON c.id = taken.conversation_id
  JOIN events tombstone ON tombstone.conversation_id = c.id AND tombstone.version = c.version
 ORDER BY taken.told_at`;

// Backtests keep what models answered at its steps, under names that begin with its id.
const FORGET_ANSWERS = "DELETE FROM bulk_items WHERE item >= $1::text || ':' AND item < $1::text || ';'";

export const createPostgresErasure = (pool: Pool): Erasure => ({
  readersOf: async (conversationId) => {
    if (!isUuid(conversationId)) return [];
    return (await pool.query<{ id: string; isErased: boolean }>(READERS, [conversationId])).rows;
  },
  erase: async (conversationId) => {
    await pool.query(FORGET_ANSWERS, [conversationId]);
    const { rows } = await pool.query<{ detached: string }>('SELECT erase_conversation($1) AS detached', [conversationId]);
    return { detached: rows.map(({ detached }) => detached) };
  },
  takeUnfinished: async ({ toldBefore, now, limit }) =>
    (await pool.query<UnfinishedErasure>(TAKE_UNFINISHED, [toldBefore, now, limit])).rows,
});
