// What becomes of a chain that a statement did not admit, or whose statement's end is unknown.

import type { AppendResult } from '@turnlog/core';
import type { EncodedAppend } from './encode-append.ts';
import type { RefusalRow } from './refusal-statement.ts';
import type { WaitingAppend, WaitingChain } from './take-batch.ts';

/** Settles what is decided; returns what has to be written again, in order. `rows` are the refusal statement's, one each. */
export const settleRefused = (chain: WaitingChain, rows: readonly RefusalRow[]): WaitingAppend[] => {
  const again: WaitingAppend[] = [];
  let isBroken = false;
  for (const [index, one] of chain.entries()) {
    const row = rows[index];
    const stored = row && storedBefore(one, row);
    if (row === undefined) {
      one.reject(new Error('Postgres told nothing of a refused append.'));
    } else if (stored) {
      isBroken ||= stored.type === 'duplicate';
      one.settle(stored);
    } else if (again.length > 0) {
      again.push(one);
    } else if (isBroken || !row.is_founded || isStale(one.append, row)) {
      // What built on a refused one was decided on events that are not there, whatever the version says.
      isBroken = true;
      one.settle({ type: 'conflict', actual: row.actual });
    } else if (one.append.parent !== null && row.parent_version < one.append.expectedVersion) {
      one.reject(missingParent(one.append, row));
    } else {
      again.push(one);
    }
  }
  return again;
};

const storedBefore = ({ append, isUncertain }: WaitingAppend, row: RefusalRow): AppendResult | undefined => {
  if (row.stored_at === null) return undefined;
  // Stored before its connection broke.
  if (isUncertain && row.stored_at === append.expectedVersion + 1) return { type: 'appended', version: append.version };
  const found = { type: 'duplicate', version: row.stored_at } as const;
  return row.fingerprint === null ? found : { ...found, fingerprint: row.fingerprint };
};

const isStale = ({ isCreation, expectedVersion }: EncodedAppend, { actual }: RefusalRow): boolean =>
  actual !== (isCreation ? 0 : expectedVersion);

const missingParent = ({ conversationId, parent, expectedVersion }: EncodedAppend, { parent_version }: RefusalRow): Error =>
  new RangeError(`${conversationId} cannot fork ${parent} at version ${expectedVersion}: that one ends at ${parent_version}.`);
