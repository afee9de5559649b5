// One batch from its statement to an answer for each append in it: appended, conflict, duplicate, its own error, or once more.

import type { EncodedAppend } from './encode-append.ts';
import { isPassing, violates } from './postgres-errors.ts';
import type { RefusalRow } from './refusal-statement.ts';
import { settleRefused } from './settle-refused.ts';
import type { WaitingAppend, WaitingChain } from './take-batch.ts';

export interface BatchStatements {
  /** Executes one append statement; tells which conversations admitted their chain. */
  readonly write: (chains: readonly WaitingChain[]) => Promise<ReadonlySet<string>>;
  /** Executes the refusal statement. */
  readonly explain: (appends: readonly EncodedAppend[]) => Promise<readonly RefusalRow[]>;
}

export interface BatchSurroundings extends BatchStatements {
  /** Waits while Postgres is away; returns which chains still want to be written. */
  readonly sitOut: (chains: readonly WaitingChain[], error: unknown, tries: number) => Promise<readonly WaitingChain[]>;
}

const wasStoredMeanwhile = (error: unknown): boolean =>
  violates(error, 'events_command_key') || violates(error, 'events_version_key');

/** Never rejects. Returns what has to be written again, in order. */
export const commitBatch = async (around: BatchSurroundings, batch: readonly WaitingChain[]): Promise<WaitingAppend[]> => {
  let admitted: ReadonlySet<string>;
  try {
    admitted = await around.write(batch);
  } catch (error) {
    return afterFailure(around, batch, error);
  }
  const isAdmitted = ([first]: WaitingChain): boolean => admitted.has(first.append.conversationId);
  for (const one of batch.filter(isAdmitted).flat()) one.settle({ type: 'appended', version: one.append.version });
  // What is still possible after all stood in a chain with a refused one: each on its own now.
  return alone(
    await settle(
      around,
      batch.filter((chain) => !isAdmitted(chain)),
    ),
  );
};

const afterFailure = async (around: BatchSurroundings, batch: readonly WaitingChain[], error: unknown) => {
  const appends = batch.flat();
  if (isPassing(error)) {
    for (const one of appends) one.isUncertain = true;
    return settle(around, await around.sitOut(batch, error, 0));
  }
  if (appends.length > 1 || !wasStoredMeanwhile(error)) return splitUp(appends, error);
  // A command or version that was stored between the statement's snapshot and its insert: seen on a second look.
  const again = await settle(around, batch);
  for (const one of again) one.reject(error);
  return [];
};

/** Asks what became of chains; returns what has to be written again. */
const settle = async (around: BatchSurroundings, chains: readonly WaitingChain[]): Promise<WaitingAppend[]> => {
  let open = chains;
  for (let tries = 0; open.length > 0; tries += 1) {
    try {
      const rows = [...(await around.explain(open.flat().map((one) => one.append)))];
      return open.flatMap((chain) => settleRefused(chain, rows.splice(0, chain.length)));
    } catch (error) {
      if (!isPassing(error)) return splitUp(open.flat(), error);
      open = await around.sitOut(open, error, tries);
    }
  }
  return [];
};

/** Something in the batch is bad: each append alone finds out whether it is. */
const splitUp = (appends: readonly WaitingAppend[], error: unknown): WaitingAppend[] => {
  const [only, ...others] = appends;
  if (only === undefined || others.length > 0) return alone(appends);
  only.reject(error);
  return [];
};

const alone = (appends: readonly WaitingAppend[]): WaitingAppend[] =>
  appends.map((one) => {
    one.isAlone = true;
    return one;
  });
