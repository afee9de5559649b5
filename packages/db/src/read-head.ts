// The end of the log as a reader may see it: the last event below every open transaction.

import type { LogCursor } from '@turnlog/core';
import type { Pool } from 'pg';

const TEXT = `
SELECT transaction_id AS "transactionId", position FROM events
  WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY transaction_id DESC, position DESC LIMIT 1`;

export const readHead = async (pool: Pool): Promise<LogCursor> => {
  const { rows } = await pool.query<LogCursor>(TEXT);
  return rows[0] ?? { transactionId: '0', position: '0' };
};
