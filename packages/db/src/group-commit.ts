// One writer per process. A batch is everything that waits, one statement is in flight, the next batch starts when it returns;
// no timer, so a lone append waits for nobody. Each append is settled alone.

import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { type AppendResult, StoreUnavailable } from '@turnlog/core';
import { type BatchStatements, commitBatch } from './commit-batch.ts';
import type { EncodedAppend } from './encode-append.ts';
import { takeBatch, type WaitingAppend, type WaitingChain } from './take-batch.ts';

export interface GroupCommitOptions extends BatchStatements {
  /** How long an append waits for Postgres to come back before it is rejected as StoreUnavailable. */
  readonly unavailableMs: number;
  /** Called on every failed try while Postgres is away. */
  readonly onUnavailable: (error: unknown, waiting: number) => void;
}

export interface GroupCommit {
  append(append: EncodedAppend): Promise<AppendResult>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;

export const createGroupCommit = ({ unavailableMs, onUnavailable, ...statements }: GroupCommitOptions): GroupCommit => {
  let waiting: WaitingAppend[] = [];
  let writing: Promise<void> | undefined;

  const hasExpired = (one: WaitingAppend): boolean => performance.now() - one.since >= unavailableMs;

  const sitOut = async (chains: readonly WaitingChain[], error: unknown, tries: number): Promise<readonly WaitingChain[]> => {
    onUnavailable(error, chains.flat().length + waiting.length);
    await delay(Math.min(FIRST_RETRY_MS * 2 ** tries, MAX_RETRY_MS));
    // A chain expires with its first: what builds on that one falls with it.
    const isOver = ([first]: WaitingChain): boolean => hasExpired(first);
    for (const one of [...chains.filter(isOver).flat(), ...waiting.filter(hasExpired)]) {
      one.reject(new StoreUnavailable(performance.now() - one.since, error));
    }
    waiting = waiting.filter((one) => !hasExpired(one));
    return chains.filter((chain) => !isOver(chain));
  };

  const drain = async (): Promise<void> => {
    // Once round the event loop: whoever was answered by the last batch can stand in the next.
    for (await nextTurn(); waiting.length > 0; await nextTurn()) {
      const { batch, left } = takeBatch(waiting);
      waiting = [...left];
      const again = await commitBatch({ ...statements, sitOut }, batch);
      if (again.length > 0) waiting = [...again, ...waiting];
    }
    writing = undefined;
  };

  return {
    append: (append) =>
      new Promise((settle, reject) => {
        waiting.push({ append, since: performance.now(), isAlone: false, isUncertain: false, settle, reject });
        writing ??= drain();
      }),
    idle: async () => {
      while (writing) await writing;
    },
  };
};
