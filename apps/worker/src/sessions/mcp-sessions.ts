// The MCP sessions that this worker holds for conversations. One begins with a lease and is in the log before a call is made in it;
// it ends before another may begin, and the log is told before its place is free. Docs: `docs/mcp-sessions.md`.

import {
  CommandRejected,
  type Engine,
  type Failure,
  type McpLossCause,
  type McpSession,
  type McpSessionKey,
  type McpSessionLedger,
} from '@turnlog/core';
import type { Logger } from 'pino';
import type { HeldSessions, SessionOfCall } from '../ports/tool-host.ts';
import { endOf, inOrderOfUse, type SessionLimits } from './session-limits.ts';

export interface McpSessionDependencies {
  readonly workerId: string;
  readonly engine: Pick<Engine, 'handle' | 'load'>;
  readonly ledger: McpSessionLedger;
  readonly holder: HeldSessions;
  /** The limits of a server whose sessions belong to conversations; undefined for every other server. */
  readonly limitsOf: (server: string) => SessionLimits | undefined;
  /** The longest that a session of any server may wait for somebody to go on with it. */
  readonly resumableMs: number;
  readonly newSessionId: () => string;
  /** Milliseconds that only grow, whatever the clock on the wall does. */
  readonly elapsedMs: () => number;
  readonly log: Logger;
}

/** Where a call is made. */
export type Seat =
  | { readonly type: 'shared' }
  | { readonly type: 'here'; readonly session: SessionOfCall; readonly leave: () => Promise<void> }
  | { readonly type: 'elsewhere'; readonly worker: string }
  | { readonly type: 'full'; readonly failure: Failure };

export interface McpSessions {
  /** The session in which this conversation calls this server. Whoever is given one here must leave it after the call. */
  seat(key: McpSessionKey): Promise<Seat>;
  /** To be asked before the lease of this worker is renewed for `ttlMs`, and called once it was: from the asking on it lasts so long. */
  renewing(ttlMs: number): () => void;
  /** Ends what has lived long enough, and tells the log again what it could not be told. */
  tick(): Promise<void>;
  /** Tells the log of sessions whose workers are gone; gives these workers. */
  loseOrphans(): Promise<readonly string[]>;
  has(conversationId: string): boolean;
  /** Ends the sessions of a conversation that needs none any longer. */
  endThoseOf(conversationId: string): Promise<void>;
  /** Ends every session, tells the log, and resolves when both have happened or cannot. */
  stop(): Promise<void>;
}

interface Held extends McpSession {
  users: number;
  readonly openedAt: number;
  usedAt: number;
  resume: string | undefined;
  /** False: its server has no room for it. */
  readonly room: Promise<boolean>;
  /** A call was made in it, or is about to be: from then on it can be lost. */
  isOpened?: true;
  /** Set once it is to end, whether or not that has come about. */
  cause?: McpLossCause;
  /** Resolves when the log knows of its end and its place is free. */
  ending?: Promise<void>;
  /** Its process has ended, or it was let go. */
  isGone?: true;
}

const batch = 100;
const whenFullMs = 2_000;

export const createMcpSessions = (dependencies: McpSessionDependencies): McpSessions => {
  const { workerId, engine, ledger, holder, limitsOf, log } = dependencies;
  const held = new Map<string, Held>();
  let leaseEnds: NodeJS.Timeout | undefined;
  let isSuspended = false;

  /** The log first, then the place: whoever takes it finds the loss told. */
  const tellLost = async (session: McpSession, cause: McpLossCause): Promise<void> => {
    const { conversationId, server, sessionId } = session;
    const envelope = { conversationId, commandId: `LoseMcpSession:${sessionId}` };
    await ifPossible(engine.handle({ type: 'LoseMcpSession', server, sessionId, cause }, envelope));
    await ledger.release(session);
  };

  const finish = async (session: Held, cause: McpLossCause): Promise<void> => {
    if (session.isGone === undefined) await holder.end(session.sessionId);
    session.isGone = true;
    await tellLost(session, cause);
    held.delete(session.sessionId);
  };

  /** Where the log is out of reach the session stays known, and the next tick tries again. */
  const end = (session: Held, cause: McpLossCause): Promise<void> => {
    session.cause ??= cause;
    session.ending ??= finish(session, session.cause).finally(() => {
      delete session.ending;
    });
    return session.ending;
  };

  const endQuietly = (session: Held, cause: McpLossCause): Promise<void> => {
    if (cause === 'server_ended' && session.cause === undefined) sayLastWords(session);
    return end(session, cause).catch((error: unknown) => log.warn({ err: error }, 'the end of an MCP session is told later'));
  };

  const sayLastWords = ({ conversationId, server, sessionId, isOpened }: Held): void => {
    if (!isOpened) return;
    log.warn({ conversationId, server, stderr: holder.lastWords(sessionId) }, 'an MCP session ended by itself');
  };

  /** Another worker may go on with it, or this one later. */
  const letGo = async (session: Held): Promise<void> => {
    session.isGone = true;
    held.delete(session.sessionId);
    await holder.leave(session.sessionId);
  };

  const ofServer = (server: string): Held[] => [...held.values()].filter((session) => session.server === server);

  const ofConversation = (id: string): Held[] => [...held.values()].filter(({ conversationId }) => conversationId === id);

  /** Where there is one too many, another conversation must spare its session: one in which no turn is open. */
  const makeRoom = async (server: string, { maxSessions }: SessionLimits): Promise<boolean> => {
    const others = ofServer(server);
    const ending = others.filter((session) => session.cause !== undefined);
    if (others.length - ending.length < maxSessions) {
      if (others.length >= maxSessions) await Promise.all(ending.map((session) => session.ending));
      return true;
    }
    for (const session of inOrderOfUse(others)) {
      const { turn } = await engine.load(session.conversationId);
      if (turn !== undefined || session.users > 0 || session.cause !== undefined) continue;
      await end(session, 'too_many');
      return true;
    }
    return false;
  };

  const hold = (session: McpSession, resume: string | undefined, limits: SessionLimits): Held => {
    const now = dependencies.elapsedMs();
    // Counted before it is added, and added before anyone else can count.
    const room = makeRoom(session.server, limits).catch(() => false);
    const entry: Held = { ...session, users: 0, openedAt: now, usedAt: now, resume, room };
    held.set(session.sessionId, entry);
    return entry;
  };

  /** The first call in a session waits until the log holds it. */
  const opened =
    (session: Held): SessionOfCall['opened'] =>
    async ({ isStateless, resume }) => {
      if (session.cause !== undefined || isSuspended) throw new Error('The session has ended before its first call.');
      const { conversationId, server, sessionId } = session;
      session.isOpened = true;
      if (isStateless) return;
      const envelope = { conversationId, commandId: `OpenMcpSession:${sessionId}` };
      await engine.handle({ type: 'OpenMcpSession', server, sessionId }, envelope);
      session.resume = resume;
      if (resume !== undefined) await ledger.keepResumable(session, resume);
    };

  const leave = async (session: Held): Promise<void> => {
    session.users -= 1;
    session.usedAt = dependencies.elapsedMs();
    const isOver = session.isGone || session.cause !== undefined || holder.isOpen(session.sessionId);
    if (isOver || session.users > 0) return;
    if (!session.isOpened && session.resume !== undefined) await letGo(session);
    // Before the outcome is told: the next attempt must find the loss in the log.
    else await endQuietly(session, 'server_ended');
  };

  const sit = (session: Held): Seat => {
    session.users += 1;
    session.usedAt = dependencies.elapsedMs();
    const { sessionId: id, resume } = session;
    return {
      type: 'here',
      session: { id, ...(resume !== undefined && { resume }), opened: opened(session) },
      leave: () => leave(session),
    };
  };

  const seat = async (key: McpSessionKey): Promise<Seat> => {
    const limits = limitsOf(key.server);
    if (limits === undefined) return { type: 'shared' };
    for (;;) {
      if (isSuspended) throw new Error('The lease of this worker has ended, so it can hold no MCP session; it tries again.');
      const wanted = { ...key, sessionId: dependencies.newSessionId(), worker: workerId };
      const found = await ledger.acquire(wanted);
      if (found.type === 'elsewhere') return found;
      if (found.type === 'orphaned') {
        await tellLost(found.session, 'worker_lost');
        continue;
      }
      const known = held.get(found.sessionId);
      if (known?.cause !== undefined) {
        await end(known, known.cause);
        continue;
      }
      const session = known ?? hold({ ...wanted, sessionId: found.sessionId }, found.resume, limits);
      const chair = sit(session);
      if (await session.room) return chair;
      held.delete(session.sessionId);
      // One that can be resumed stays, for whoever has room.
      if (session.resume === undefined) await ledger.release(session);
      return { type: 'full', failure: fullFailure(key.server, limits) };
    }
  };

  /** This worker can no longer say that its sessions are its own. */
  const suspend = (): void => {
    isSuspended = true;
    if (held.size > 0) log.warn({ sessions: held.size }, 'the lease of this worker ends: its MCP sessions end with it');
    for (const session of held.values()) {
      if (session.resume === undefined) void endQuietly(session, 'worker_lost');
      else void letGo(session);
    }
  };

  const tick = async (): Promise<void> => {
    const now = dependencies.elapsedMs();
    for (const session of held.values()) {
      const limits = limitsOf(session.server);
      const cause = session.cause ?? (limits && endOf(session, holder.isOpen(session.sessionId), limits, now));
      // Ending a process takes seconds: the lease must not wait for it.
      if (cause !== undefined) void endQuietly(session, cause);
    }
  };

  return {
    seat,
    tick,
    renewing: (ttlMs) => {
      const asked = dependencies.elapsedMs();
      return () => {
        clearTimeout(leaseEnds);
        isSuspended = false;
        leaseEnds = setTimeout(suspend, Math.max(0, asked + ttlMs - dependencies.elapsedMs())).unref();
      };
    },
    loseOrphans: async () => {
      const orphans = await ledger.orphaned(batch, dependencies.resumableMs);
      for (const session of orphans) {
        const { conversationId, server } = session;
        log.warn({ conversationId, server }, 'the worker of this MCP session is gone');
        await tellLost(session, 'worker_lost');
      }
      return [...new Set(orphans.map(({ worker }) => worker))].filter((worker) => worker !== workerId);
    },
    has: (conversationId) => ofConversation(conversationId).length > 0,
    endThoseOf: async (conversationId) => {
      await Promise.all(ofConversation(conversationId).map((session) => endQuietly(session, 'idle')));
    },
    stop: async () => {
      clearTimeout(leaseEnds);
      const ends = [...held.values()].map((session) =>
        session.resume === undefined ? endQuietly(session, 'worker_stopped') : letGo(session),
      );
      await Promise.all(ends);
    },
  };
};

const fullFailure = (server: string, { maxSessions }: SessionLimits): Failure => ({
  kind: 'rate_limited',
  message: `All ${maxSessions} sessions of the MCP server "${server}" in this worker are in use. Raise its maxSessions, or add workers.`,
  retryAfterMs: whenFullMs,
});

/** A conversation that was erased holds nothing that could be lost. */
const ifPossible = async (handled: Promise<unknown>): Promise<void> => {
  try {
    await handled;
  } catch (error) {
    if (!(error instanceof CommandRejected)) throw error;
  }
};
