// How far each conversation had come at a point of the whole log.

import type { LogCursor } from '@turnlog/core';
import type { Pool } from 'pg';

const TEXT = `
SELECT conversation_id AS id, max(version) AS version FROM events
  WHERE conversation_id = ANY($1::uuid[]) AND (transaction_id, position) <= ($2::xid8, $3::bigint)
  GROUP BY conversation_id`;

/** Absent where a conversation had no event of its own yet. */
export const versionsAt = async (
  pool: Pool,
  ids: readonly string[],
  { transactionId, position }: LogCursor,
): Promise<ReadonlyMap<string, number>> => {
  const { rows } = await pool.query<{ id: string; version: number }>(TEXT, [ids, transactionId, position]);
  return new Map(rows.map(({ id, version }) => [id, Number(version)]));
};
