import { describe, expect, it } from 'vitest';
import { defaultSessionLimits, endOf, inOrderOfUse } from './session-limits.ts';

const limits = { idleMs: 100, lifetimeMs: 1_000, maxSessions: 2 };
const session = (change = {}) => ({ users: 0, openedAt: 0, usedAt: 0, ...change });

describe('an MCP session', () => {
  it.each([
    ['goes on while it is fresh', session({ usedAt: 50 }), true, 149, undefined],
    ['ends when it was not used for too long', session({ usedAt: 50 }), true, 150, 'idle'],
    ['ends when it has lived long enough', session({ usedAt: 990 }), true, 1_000, 'lifetime'],
    ['has ended with its server', session(), false, 1, 'server_ended'],
    ['goes on while a call is under way, however old', session({ users: 1 }), true, 99_999, undefined],
    ['is left to its call where its server has ended under it', session({ users: 1 }), false, 1, undefined],
  ] as const)('%s', (_, held, isOpen, now, cause) => {
    expect(endOf(held, isOpen, limits, now)).toBe(cause);
  });

  it('gives its place before one that was used later, and not while it is used', () => {
    const sessions = [session({ usedAt: 3 }), session({ usedAt: 1, users: 1 }), session({ usedAt: 2 })];

    expect(inOrderOfUse(sessions).map(({ usedAt }) => usedAt)).toEqual([2, 3]);
  });

  it('has limits where the operator says nothing', () => {
    expect(defaultSessionLimits).toEqual({ idleMs: 900_000, lifetimeMs: 28_800_000, maxSessions: 16 });
  });
});
