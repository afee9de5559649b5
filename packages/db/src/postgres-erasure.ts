// Erasing goes through one function of the owner (drizzle/0004): the application's role cannot change an event by itself.

import type { Erasure, UnfinishedErasure } from '@turnlog/core';
import type { Pool } from 'pg';
import { isUuid } from './encode-append.ts';

const READERS = `
SELECT DISTINCT c.id, c.phase = 'closed' AS "isErased"
  FROM segments s JOIN conversations c ON c.id = s.conversation_id WHERE s.source_id = $1 ORDER BY c.id`;

const UNFINISHED = `
SELECT c.id, coalesce(tombstone.data ->> 'forks', 'detach') AS forks
  FROM conversations c JOIN events tombstone ON tombstone.conversation_id = c.id AND tombstone.version = c.version
 WHERE c.phase = 'closed' AND c.updated_at < $1 AND NOT EXISTS (SELECT FROM erasures e WHERE e.conversation_id = c.id)
 ORDER BY c.updated_at LIMIT $2`;

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
  unfinished: async (before, limit) => (await pool.query<UnfinishedErasure>(UNFINISHED, [before, limit])).rows,
});
