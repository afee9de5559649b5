// Appends of one process that build on each other: the next decision need not wait for the last one's commit.

import type { ConversationState } from '../conversation/state.ts';
import type { Append, AppendResult, EventStore } from './event-store.ts';
import type { StateCache } from './state-cache.ts';

export interface AppendChain {
  /**
   * Sends an append at once, also one that was decided on another that is still on its way: the store takes both into one
   * commit. It is told which one, since an exact version does not say what stands at it.
   */
  send(append: Append, before: ConversationState, after: ConversationState): Promise<AppendResult>;
  /** Resolves when the last append of the conversation has arrived or failed. */
  settled(conversationId: string): Promise<void>;
}

interface OnItsWay {
  readonly append: Append;
  readonly settled: Promise<AppendResult>;
}

export const createAppendChain = (store: EventStore, cache: StateCache): AppendChain => {
  /** Of each conversation the last append that is on its way. */
  const onItsWay = new Map<string, OnItsWay>();

  const send = (decided: Append, before: ConversationState, after: ConversationState): Promise<AppendResult> => {
    const { conversationId } = decided;
    const earlier = cache.committed(conversationId) === before ? undefined : onItsWay.get(conversationId)?.append;
    const append = earlier === undefined ? decided : { ...decided, buildsOn: placeOf(earlier) };
    const sent = store.append(append);
    // What the cache shows and what is on its way change in one go: nobody decides on a tip that is already lost.
    const arrives = (change: () => void) => {
      if (onItsWay.get(conversationId)?.settled === settled) onItsWay.delete(conversationId);
      change();
    };
    const settled = sent.then(
      (result) => {
        arrives(() => (result.type === 'appended' ? cache.commit(conversationId, after) : cache.retract(conversationId)));
        return result;
      },
      (error: unknown) => {
        arrives(() => cache.forget(conversationId));
        throw error;
      },
    );
    onItsWay.set(conversationId, { append, settled });
    cache.advance(conversationId, after);
    return settled;
  };

  return {
    send,
    // Whoever sent it is told how it ended.
    settled: (conversationId) => onItsWay.get(conversationId)?.settled.then(ignore, ignore) ?? Promise.resolve(),
  };
};

const ignore = (): void => undefined;

/** Where an append's first event will stand, and whose it is: the same command decided on the same version at the same time is the same. */
const placeOf = ({ expectedVersion, commandId, recordedAt }: Append) => ({ version: expectedVersion + 1, commandId, recordedAt });
