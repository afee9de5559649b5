// The end of the log as a reader may see it: the last event below every open transaction.

import { setTimeout as delay } from 'node:timers/promises';
import type { LogCursor } from '@turnlog/core';
import type { Pool } from 'pg';

const TEXT = `
SELECT transaction_id AS "transactionId", position FROM events
  WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY transaction_id DESC, position DESC LIMIT 1`;

/** Every transaction that has begun to write so far has an id below this one. */
const HORIZON = 'SELECT pg_snapshot_xmax(pg_current_snapshot()) AS horizon';
const IS_PAST = 'SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS "isPast"';

const pollMs = 20;

/**
 * Holds all that was committed before the call. A transaction that is open meanwhile, be it in another database of the same
 * server, hides what came after it: its end is waited for, and after `patienceMs` what it hides is left to a later reader.
 */
export const readHead = async (pool: Pool, patienceMs = 5_000): Promise<LogCursor> => {
  const { rows: horizons } = await pool.query<{ horizon: string }>(HORIZON);
  for (const end = performance.now() + patienceMs; performance.now() < end; ) {
    const { rows } = await pool.query<{ isPast: boolean }>(IS_PAST, [horizons[0]?.horizon ?? '0']);
    if (rows[0]?.isPast) break;
    await delay(pollMs);
  }
  const { rows } = await pool.query<LogCursor>(TEXT);
  return rows[0] ?? { transactionId: '0', position: '0' };
};
