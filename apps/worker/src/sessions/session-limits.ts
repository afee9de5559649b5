// When an MCP session has lived long enough, and which one gives its place to another. Pure: times come from outside.

import type { McpLossCause } from '@turnlog/core';

export interface SessionLimits {
  readonly idleMs: number;
  readonly lifetimeMs: number;
  /** At most so many of one server in one worker. */
  readonly maxSessions: number;
}

// A browser costs some hundred megabytes, and people leave an approval open over lunch. What lives for a day leaks.
export const defaultSessionLimits: SessionLimits = { idleMs: 15 * 60_000, lifetimeMs: 8 * 3_600_000, maxSessions: 16 };

export interface SessionInUse {
  /** Calls that are under way or about to be made. */
  readonly users: number;
  readonly openedAt: number;
  readonly usedAt: number;
}

/** Why a session must end now; a session that is in use goes on whatever its age. */
export const endOf = (
  { users, openedAt, usedAt }: SessionInUse,
  isOpen: boolean,
  { idleMs, lifetimeMs }: SessionLimits,
  now: number,
): McpLossCause | undefined => {
  if (users > 0) return undefined;
  if (!isOpen) return 'server_ended';
  if (now - usedAt >= idleMs) return 'idle';
  return now - openedAt >= lifetimeMs ? 'lifetime' : undefined;
};

/** Those that nobody uses, least recently used first: the order in which they may be asked for their place. */
export const inOrderOfUse = <T extends SessionInUse>(sessions: readonly T[]): readonly T[] =>
  sessions.filter(({ users }) => users === 0).sort((a, b) => a.usedAt - b.usedAt);
