// The whole log in an order that no late commit can change. A position is drawn before its transaction commits, so a reader at
// `position > x` would pass over a slower writer for ever. Below the oldest transaction still open nothing can appear any more:
// one statement, one snapshot, in the order of (transaction, position).

import type { LogCursor, LogEntry } from '@turnlog/core';
import type { Pool } from 'pg';
import { decodeEvents, EVENT_COLUMNS, type EventRow } from './stored-event.ts';

const TEXT = `
SELECT ${EVENT_COLUMNS}, e.transaction_id, e.position
  FROM events e
  WHERE (e.transaction_id, e.position) > ($1::xid8, $2::bigint)
    AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY e.transaction_id, e.position
  LIMIT $3`;

const START: LogCursor = { transactionId: '0', position: '0' };

export const readAll = async (
  query: Pick<Pool, 'query'>,
  { transactionId, position }: LogCursor = START,
  limit: number,
): Promise<readonly LogEntry[]> => {
  const { rows } = await query.query<EventRow & { transaction_id: string; position: string }>({
    name: 'read all',
    text: TEXT,
    values: [transactionId, position, limit],
  });
  const events = await decodeEvents(query, rows);
  return rows.flatMap((row, index) => {
    const event = events[index];
    const cursor = { transactionId: row.transaction_id, position: row.position };
    return event ? [{ conversationId: row.conversation_id, event, cursor }] : [];
  });
};
