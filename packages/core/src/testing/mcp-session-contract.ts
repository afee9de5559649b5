// What every ledger of MCP sessions keeps, as named cases without a test framework. A lease of a negative length has ended that
// long ago, so nothing here waits.

import { type McpSession, type McpSessionLedger, mcpSessionGraceMs } from '../ports/mcp-session-ledger.ts';
import type { WorkLedger } from '../ports/work-ledger.ts';
import { mustEqual } from './event-store-case.ts';

export interface McpSessionLedgersUnderTest {
  readonly sessions: McpSessionLedger;
  /** The leases that they stand on. */
  readonly leases: Pick<WorkLedger, 'renewLease' | 'endLease'>;
}

export interface McpSessionCase {
  readonly name: string;
  readonly run: (ledgers: McpSessionLedgersUnderTest, newId: () => string) => Promise<void>;
}

const minute = 60_000;
const held = (sessionId: string) => ({ type: 'held', sessionId });

/** A conversation of its own, and two workers of whom one holds its session. */
const begin = async ({ sessions, leases }: McpSessionLedgersUnderTest, newId: () => string) => {
  const [holder, other, conversationId] = [newId(), newId(), newId()];
  await leases.renewLease(holder, minute);
  await leases.renewLease(other, minute);
  const sessionOf = (worker: string, server = 'browser'): McpSession => ({ conversationId, server, sessionId: newId(), worker });
  const session = sessionOf(holder);
  mustEqual('the first seat', await sessions.acquire(session), held(session.sessionId));
  const orphans = async (idleMs = minute) =>
    (await sessions.orphaned(1_000, idleMs)).filter((orphan) => orphan.conversationId === conversationId);
  return { holder, other, session, sessionOf, orphans };
};

const holding: readonly McpSessionCase[] = [
  {
    name: 'gives the holder its session again, whatever it would have called a new one',
    run: async (ledgers, newId) => {
      const { holder, session, sessionOf } = await begin(ledgers, newId);
      mustEqual('the seat', await ledgers.sessions.acquire(sessionOf(holder)), held(session.sessionId));
    },
  },
  {
    name: 'says who holds a session, as long as that worker lives',
    run: async (ledgers, newId) => {
      const { holder, other, sessionOf, orphans } = await begin(ledgers, newId);
      mustEqual('the seat', await ledgers.sessions.acquire(sessionOf(other)), { type: 'elsewhere', worker: holder });
      mustEqual('orphans', await orphans(), []);
    },
  },
  {
    name: 'keeps the sessions of a conversation with several servers apart',
    run: async (ledgers, newId) => {
      const { other, sessionOf } = await begin(ledgers, newId);
      const shell = sessionOf(other, 'shell');
      mustEqual('the seat', await ledgers.sessions.acquire(shell), held(shell.sessionId));
    },
  },
  {
    name: 'gives a session to exactly one of many that ask at once',
    run: async ({ sessions, leases }, newId) => {
      const conversationId = newId();
      const workers = Array.from({ length: 8 }, newId);
      await Promise.all(workers.map((worker) => leases.renewLease(worker, minute)));
      const seats = await Promise.all(
        workers.map((worker) => sessions.acquire({ conversationId, server: 'browser', sessionId: newId(), worker })),
      );
      mustEqual('seats', seats.map(({ type }) => type).sort(), ['elsewhere', ...Array(6).fill('elsewhere'), 'held']);
    },
  },
  {
    name: 'begins anew after a release, and releases no later session',
    run: async (ledgers, newId) => {
      const { other, session, sessionOf } = await begin(ledgers, newId);
      await ledgers.sessions.release(session);
      const next = sessionOf(other);
      mustEqual('the seat', await ledgers.sessions.acquire(next), held(next.sessionId));
      await ledgers.sessions.release(session);
      mustEqual('the same seat', await ledgers.sessions.acquire(sessionOf(other)), held(next.sessionId));
    },
  },
];

const losing: readonly McpSessionCase[] = [
  {
    name: 'leaves a worker whose lease has ended the time to end its servers',
    run: async (ledgers, newId) => {
      const { holder, other, sessionOf, orphans } = await begin(ledgers, newId);
      await ledgers.leases.renewLease(holder, 1_000 - mcpSessionGraceMs);
      mustEqual('the seat', await ledgers.sessions.acquire(sessionOf(other)), { type: 'elsewhere', worker: holder });
      mustEqual('orphans', await orphans(), []);
    },
  },
  {
    name: 'calls a session orphaned once that time is over, until it is released',
    run: async (ledgers, newId) => {
      const { holder, other, session, sessionOf, orphans } = await begin(ledgers, newId);
      await ledgers.leases.renewLease(holder, -mcpSessionGraceMs - 100);
      mustEqual('the seat', await ledgers.sessions.acquire(sessionOf(other)), { type: 'orphaned', session });
      mustEqual('orphans', await orphans(), [session]);
      await ledgers.sessions.release(session);
      mustEqual('no orphans', await orphans(), []);
    },
  },
  {
    name: 'calls it orphaned at once where its worker has ended its lease',
    run: async (ledgers, newId) => {
      const { holder, session, orphans } = await begin(ledgers, newId);
      await ledgers.leases.endLease(holder);
      mustEqual('orphans', await orphans(), [session]);
    },
  },
  {
    name: 'lets a worker that came back go on with what nobody took',
    run: async (ledgers, newId) => {
      const { holder, session, sessionOf, orphans } = await begin(ledgers, newId);
      await ledgers.leases.renewLease(holder, -minute);
      await ledgers.leases.renewLease(holder, minute);
      mustEqual('the seat', await ledgers.sessions.acquire(sessionOf(holder)), held(session.sessionId));
      mustEqual('orphans', await orphans(), []);
    },
  },
];

const resuming: readonly McpSessionCase[] = [
  {
    name: 'lets any worker go on with a session that can be resumed, once its own is gone',
    run: async (ledgers, newId) => {
      const { holder, other, session, sessionOf, orphans } = await begin(ledgers, newId);
      await ledgers.sessions.keepResumable(session, 'how');
      mustEqual('while it lives', await ledgers.sessions.acquire(sessionOf(other)), { type: 'elsewhere', worker: holder });
      await ledgers.leases.endLease(holder);
      mustEqual('orphans', await orphans(), []);
      const resumed = { ...held(session.sessionId), resume: 'how' };
      mustEqual('the seat', await ledgers.sessions.acquire(sessionOf(other)), resumed);
      mustEqual('for the former holder', await ledgers.sessions.acquire(sessionOf(holder)), { type: 'elsewhere', worker: other });
    },
  },
  {
    name: 'calls it orphaned when nobody has come back to it for too long',
    run: async (ledgers, newId) => {
      const { holder, session, orphans } = await begin(ledgers, newId);
      await ledgers.sessions.keepResumable(session, 'how');
      await ledgers.leases.endLease(holder);
      mustEqual('orphans', await orphans(-1), [session]);
    },
  },
  {
    name: 'says nothing of how to resume a session that another has taken over',
    run: async (ledgers, newId) => {
      const { holder, other, session, sessionOf } = await begin(ledgers, newId);
      await ledgers.sessions.keepResumable(session, 'how');
      await ledgers.leases.endLease(holder);
      await ledgers.sessions.acquire(sessionOf(other));
      await ledgers.sessions.keepResumable(session, 'late');
      mustEqual('the seat', await ledgers.sessions.acquire(sessionOf(other)), { ...held(session.sessionId), resume: 'how' });
    },
  },
];

export const mcpSessionContract: readonly McpSessionCase[] = [...holding, ...losing, ...resuming];
