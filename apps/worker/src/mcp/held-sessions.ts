// Connections that each belong to one conversation, by the id of their session. Unlike those of the pool they are never replaced:
// what a server held for the conversation went with them, so whoever calls must know. When they end is not decided here.

import type { HeldSessions, SessionOfCall, ToolOutcome } from '../ports/tool-host.ts';
import { abortable } from './abortable.ts';
import type { McpConnection } from './mcp-connection.ts';

export interface HoldOptions {
  readonly open: (server: string, signal: AbortSignal, resume: string | undefined) => Promise<McpConnection>;
  /** What the server said last on stderr, without secrets. */
  readonly lastWords: (connection: McpConnection) => string;
}

interface Entry {
  readonly opening: Promise<McpConnection>;
  connection?: McpConnection;
  announced?: Promise<void>;
}

export interface SessionHolder extends HeldSessions {
  /** Opens the session if this is its first call, makes that known, and gives `work` its connection. */
  use(
    server: string,
    session: SessionOfCall,
    signal: AbortSignal,
    work: (connection: McpConnection) => Promise<ToolOutcome>,
  ): Promise<ToolOutcome>;
  close(): Promise<void>;
}

const notSent = (kind: 'session_lost' | 'unavailable', message: string): ToolOutcome => ({
  type: 'not_sent',
  failure: { kind, message },
});

const gone = (server: string): ToolOutcome => notSent('session_lost', `The session with the MCP server "${server}" is gone.`);

export const createSessionHolder = ({ open, lastWords }: HoldOptions): SessionHolder => {
  const entries = new Map<string, Entry>();
  const leaving = new Set<Promise<void>>();
  const closed = new AbortController();

  const remove = async (id: string, close: (connection: McpConnection) => Promise<void>): Promise<void> => {
    const entry = entries.get(id);
    entries.delete(id);
    if (entry === undefined) return;
    const left = entry.opening.then(close).catch(() => {});
    leaving.add(left);
    await left.finally(() => leaving.delete(left));
  };
  const end = (id: string) => remove(id, (connection) => connection.close());

  const entryFor = (server: string, { id, resume }: SessionOfCall): Entry => {
    const present = entries.get(id);
    if (present !== undefined) return present;
    const entry: Entry = { opening: open(server, closed.signal, resume) };
    entry.opening.then(
      (connection) => {
        entry.connection = connection;
      },
      () => void end(id),
    );
    entries.set(id, entry);
    return entry;
  };

  const announce = (entry: Entry, { isStateless, resume }: McpConnection, session: SessionOfCall): Promise<void> => {
    entry.announced ??= session.opened({ isStateless, ...(resume !== undefined && { resume }) });
    return entry.announced;
  };

  return {
    use: async (server, session, signal, work) => {
      signal.throwIfAborted();
      closed.signal.throwIfAborted();
      const entry = entryFor(server, session);
      const connection = await abortable(entry.opening, signal);
      // It may have ended while it was opened, and while it was announced.
      const isHeld = () => entries.get(session.id) === entry && connection.isOpen();
      if (!isHeld()) return gone(server);
      try {
        await announce(entry, connection, session);
      } catch {
        // Nobody may hold what the log does not know of.
        await end(session.id);
        return notSent(
          'unavailable',
          `The session with the MCP server "${server}" could not be recorded; the call was not made.`,
        );
      }
      return isHeld() ? work(connection) : gone(server);
    },
    isOpen: (id) => entries.get(id)?.connection?.isOpen() ?? false,
    lastWords: (id) => {
      const connection = entries.get(id)?.connection;
      return connection === undefined ? '' : lastWords(connection);
    },
    end,
    leave: (id) => remove(id, (connection) => connection.leave()),
    close: async () => {
      closed.abort(new Error('the tool host is closed'));
      for (const id of entries.keys()) void end(id);
      await Promise.all(leaving);
    },
  };
};
