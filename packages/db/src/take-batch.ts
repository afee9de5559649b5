// Which of the waiting appends go into the next statement: all of them, but of one conversation only what builds on each other.

import type { AppendResult } from '@turnlog/core';
import type { EncodedAppend } from './encode-append.ts';

export interface WaitingAppend {
  readonly append: EncodedAppend;
  /** When it arrived, on the monotonic clock. */
  readonly since: number;
  /** Goes into a statement of its own: one it shared failed. */
  isAlone: boolean;
  /** The connection broke while it was under way: it may be stored. */
  isUncertain: boolean;
  settle(result: AppendResult): void;
  reject(error: unknown): void;
}

export type WaitingChain = [WaitingAppend, ...WaitingAppend[]];

/** Keeps one statement's parameters far below Postgres' limit of 1 GB, and one batch's time below a second. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** The statement joins its own rows by nested loops: with 1,000 appends waiting, batches of 200 took 5,500/s, one of all 2,000/s. */
const MAX_BATCH_APPENDS = 200;

const follows = (chain: WaitingChain, { append }: WaitingAppend): boolean =>
  chain.at(-1)?.append.version === append.expectedVersion &&
  !append.isCreation &&
  chain.every((earlier) => earlier.append.commandId !== append.commandId);

export const takeBatch = (
  waiting: readonly WaitingAppend[],
): { readonly batch: readonly WaitingChain[]; readonly left: readonly WaitingAppend[] } => {
  const [first, ...others] = waiting;
  if (first === undefined) return { batch: [], left: [] };
  if (first.isAlone) return { batch: [[first]], left: others };
  const chains = new Map<string, WaitingChain>();
  const left: WaitingAppend[] = [];
  // What builds on an append that stays behind stays behind it.
  const held = new Set<string>();
  const size = { bytes: 0, appends: 0, isFull: false };
  for (const one of waiting) {
    const { conversationId, bytes } = one.append;
    const chain = chains.get(conversationId);
    size.isFull ||= size.appends > 0 && (size.bytes + bytes > MAX_BATCH_BYTES || size.appends >= MAX_BATCH_APPENDS);
    if (one.isAlone) held.add(conversationId);
    if (size.isFull || held.has(conversationId) || (chain && !follows(chain, one))) {
      left.push(one);
      continue;
    }
    if (chain) chain.push(one);
    else chains.set(conversationId, [one]);
    size.bytes += bytes;
    size.appends += 1;
  }
  return { batch: [...chains.values()], left };
};
