// Open work and leases. Every comparison of times is the database's own: workers' clocks may be wrong by minutes.

import type { DueWork, OrphanedAttempt, WorkLedger } from '@turnlog/core';
import type { Pool } from 'pg';

const DUE = `
SELECT conversation_id AS "conversationId", step, attempt
  FROM open_work WHERE claim IS NULL AND due_at <= now()
  ORDER BY due_at LIMIT $1`;

// A worker without a lease never had one or has ended it.
const ORPHANED = `
SELECT w.conversation_id AS "conversationId", w.step, w.attempt, w.claim
  FROM open_work w LEFT JOIN leases l ON l.worker = w.worker
  WHERE w.worker IS NOT NULL AND w.claim IS NOT NULL AND (l.worker IS NULL OR l.expires_at <= now())
  ORDER BY w.due_at LIMIT $1`;

const RENEW = `
WITH lease AS (
  INSERT INTO leases (worker, expires_at) VALUES ($1, now() + make_interval(secs => $2::float8 / 1000))
  ON CONFLICT (worker) DO UPDATE SET expires_at = excluded.expires_at
)
SELECT claim FROM open_work WHERE worker = $1 AND claim IS NOT NULL`;

// Leases of workers that were killed say nothing once they have expired: the living sweep them away as they go.
const END = `
DELETE FROM leases WHERE worker IN (
  SELECT worker FROM leases WHERE worker = $1 OR expires_at < now() - interval '1 hour' FOR UPDATE SKIP LOCKED
)`;

export const createPostgresWorkLedger = (pool: Pool): WorkLedger => ({
  due: async (limit) => (await pool.query<DueWork>({ name: 'due', text: DUE, values: [limit] })).rows,
  orphaned: async (limit) => (await pool.query<OrphanedAttempt>({ name: 'orphaned', text: ORPHANED, values: [limit] })).rows,
  renewLease: async (worker, ttlMs) => {
    const { rows } = await pool.query<{ claim: string }>({ name: 'renew lease', text: RENEW, values: [worker, ttlMs] });
    return rows.map(({ claim }) => claim);
  },
  endLease: async (worker) => {
    await pool.query({ name: 'end lease', text: END, values: [worker] });
  },
});
