// Who holds the MCP session of a conversation with a server: a lease on database time. It lives as long as the lease of its
// worker and a while longer, so that a worker that can no longer renew has time to end its servers before another may begin.

export interface McpSessionKey {
  readonly conversationId: string;
  readonly server: string;
}

export interface McpSession extends McpSessionKey {
  /** Ours, unique for every session. */
  readonly sessionId: string;
  readonly worker: string;
}

/** Whose session it is. `resume`: how any worker can go on with it. */
export type McpSessionSeat =
  | { readonly type: 'held'; readonly sessionId: string; readonly resume?: string }
  | { readonly type: 'elsewhere'; readonly worker: string }
  /** Its worker is gone, and it can be held by nobody else: it is lost. */
  | { readonly type: 'orphaned'; readonly session: McpSession };

/** What a worker has, beyond its lease, to end the servers that it can no longer answer for. */
export const mcpSessionGraceMs = 4_000;

export interface McpSessionLedger {
  /**
   * The session of this conversation, in the name of `worker`, who must have a lease: the one that it holds already, one that can
   * be resumed and whose worker is gone, or else, where there is none, a new one of this `sessionId`.
   */
  acquire(session: McpSession): Promise<McpSessionSeat>;
  /** Makes a session that is still held by `worker` one that others can resume. No secret may be in `resume`. */
  keepResumable(session: McpSession, resume: string): Promise<void>;
  /** Sessions whose worker is gone: all that nobody can resume, and the others after they were left for `idleMs`. */
  orphaned(limit: number, idleMs: number): Promise<readonly McpSession[]>;
  /** Forgets the session, if it is still this one. */
  release(session: Pick<McpSession, 'conversationId' | 'server' | 'sessionId'>): Promise<void>;
}
