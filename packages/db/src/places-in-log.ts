// Where a conversation's own events stand in the whole log, as text that sorts as the log does.

import type { Pool } from 'pg';
import { isUuid } from './encode-append.ts';

// 20 and 19 digits are as many as these types have.
const TEXT = `
SELECT version, lpad(transaction_id::text, 20, '0') || lpad(position::text, 19, '0') AS place FROM events WHERE conversation_id = $1`;

/** By version. */
export const placesInLog = async (pool: Pool, conversationId: string): Promise<ReadonlyMap<number, string>> => {
  if (!isUuid(conversationId)) return new Map();
  const { rows } = await pool.query<{ version: number; place: string }>(TEXT, [conversationId]);
  return new Map(rows.map(({ version, place }) => [version, place]));
};
