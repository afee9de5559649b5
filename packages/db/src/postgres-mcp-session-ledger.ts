// Leases of MCP sessions. A session has no time of its own to renew: it is live while its worker's lease is, and the grace longer.

import { type McpSession, type McpSessionLedger, type McpSessionSeat, mcpSessionGraceMs } from '@turnlog/core';
import type { Pool } from 'pg';

/** A worker without a lease never had one or has ended it. */
const isGone = (worker: string): string =>
  `NOT EXISTS (SELECT FROM leases l WHERE l.worker = ${worker} AND l.expires_at + interval '${mcpSessionGraceMs} milliseconds' > now())`;

const COLUMNS = 's.conversation_id AS "conversationId", s.server, s.session_id AS "sessionId", s.worker';

// One statement, so that of two that ask at once the second one sees what the first has written.
const TAKE = `
INSERT INTO mcp_sessions AS s (conversation_id, server, session_id, worker) VALUES ($1, $2, $3, $4)
ON CONFLICT (conversation_id, server) DO UPDATE SET worker = excluded.worker, used_at = now()
  WHERE s.worker = excluded.worker OR (s.resume IS NOT NULL AND ${isGone('s.worker')})
RETURNING session_id AS "sessionId", resume`;

const LOOK = `
SELECT ${COLUMNS}, ${isGone('s.worker')} AS "isGone" FROM mcp_sessions s WHERE conversation_id = $1 AND server = $2`;

const KEEP_RESUMABLE = `
UPDATE mcp_sessions SET resume = $5 WHERE conversation_id = $1 AND server = $2 AND session_id = $3 AND worker = $4`;

const ORPHANED = `
SELECT ${COLUMNS} FROM mcp_sessions s
  WHERE ${isGone('s.worker')} AND (s.resume IS NULL OR s.used_at + make_interval(secs => $2::float8 / 1000) <= now())
  LIMIT $1`;

const RELEASE = 'DELETE FROM mcp_sessions WHERE conversation_id = $1 AND server = $2 AND session_id = $3';

/** Between the two statements the session may have been released: then there is room for the next try. */
const tries = 10;

const seatOf = async (
  pool: Pool,
  { conversationId, server, sessionId, worker }: McpSession,
): Promise<McpSessionSeat | undefined> => {
  const taken = await pool.query<{ sessionId: string; resume: string | null }>({
    name: 'take mcp session',
    text: TAKE,
    values: [conversationId, server, sessionId, worker],
  });
  const [held] = taken.rows;
  if (held !== undefined)
    return { type: 'held', sessionId: held.sessionId, ...(held.resume !== null && { resume: held.resume }) };
  const looked = await pool.query<McpSession & { isGone: boolean }>({
    name: 'look at mcp session',
    text: LOOK,
    values: [conversationId, server],
  });
  const [found] = looked.rows;
  if (found === undefined) return undefined;
  const { isGone: gone, ...session } = found;
  return gone ? { type: 'orphaned', session } : { type: 'elsewhere', worker: session.worker };
};

export const createPostgresMcpSessionLedger = (pool: Pool): McpSessionLedger => ({
  acquire: async (session) => {
    for (let left = tries; left > 0; left -= 1) {
      const seat = await seatOf(pool, session);
      if (seat !== undefined) return seat;
    }
    throw new Error(`The MCP session with ${session.server} changed hands ${tries} times while it was asked for; ask again.`);
  },
  keepResumable: async ({ conversationId, server, sessionId, worker }, resume) => {
    await pool.query({
      name: 'keep mcp session resumable',
      text: KEEP_RESUMABLE,
      values: [conversationId, server, sessionId, worker, resume],
    });
  },
  orphaned: async (limit, idleMs) =>
    (await pool.query<McpSession>({ name: 'orphaned mcp sessions', text: ORPHANED, values: [limit, idleMs] })).rows,
  release: async ({ conversationId, server, sessionId }) => {
    await pool.query({ name: 'release mcp session', text: RELEASE, values: [conversationId, server, sessionId] });
  },
});
