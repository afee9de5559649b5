// The leases of MCP sessions in memory, on the leases and the clock that it is given.

import { addMs } from '../conversation/time.ts';
import { type McpSession, type McpSessionKey, type McpSessionLedger, mcpSessionGraceMs } from '../ports/mcp-session-ledger.ts';
import type { InMemoryWorkLedger } from './in-memory-work-ledger.ts';

interface Row extends McpSession {
  readonly resume?: string;
  readonly usedAt: string;
}

export const createInMemoryMcpSessionLedger = (
  { leaseEnd }: Pick<InMemoryWorkLedger, 'leaseEnd'>,
  now: () => string,
): McpSessionLedger => {
  const rows = new Map<string, Row>();
  const keyOf = ({ conversationId, server }: McpSessionKey): string => JSON.stringify([conversationId, server]);
  const isGone = (worker: string): boolean => {
    const end = leaseEnd(worker);
    return end === undefined || addMs(end, mcpSessionGraceMs) <= now();
  };
  const sessionIn = ({ conversationId, server, sessionId, worker }: Row): McpSession => ({
    conversationId,
    server,
    sessionId,
    worker,
  });
  return {
    acquire: async (session) => {
      const row = rows.get(keyOf(session)) ?? { ...session, usedAt: now() };
      if (row.worker !== session.worker && !isGone(row.worker)) return { type: 'elsewhere', worker: row.worker };
      if (row.worker !== session.worker && row.resume === undefined) return { type: 'orphaned', session: sessionIn(row) };
      rows.set(keyOf(session), { ...row, worker: session.worker, usedAt: now() });
      return { type: 'held', sessionId: row.sessionId, ...(row.resume !== undefined && { resume: row.resume }) };
    },
    keepResumable: async (session, resume) => {
      const row = rows.get(keyOf(session));
      if (row?.sessionId === session.sessionId && row.worker === session.worker) rows.set(keyOf(session), { ...row, resume });
    },
    orphaned: async (limit, idleMs) =>
      [...rows.values()]
        .filter(({ worker, resume, usedAt }) => isGone(worker) && (resume === undefined || addMs(usedAt, idleMs) <= now()))
        .slice(0, limit)
        .map(sessionIn),
    release: async (session) => {
      if (rows.get(keyOf(session))?.sessionId === session.sessionId) rows.delete(keyOf(session));
    },
  };
};
