// Folded states of the conversations that this process works on, so that a step costs the events since the last one
// and not the whole past. `tip` may hold appends that are on their way: the next decision chains onto them, and both
// go into one commit. Only `committed` is shown to anyone.

import { type ConversationState, initialState } from '../conversation/state.ts';

export interface StateCache {
  tip(conversationId: string): ConversationState | undefined;
  committed(conversationId: string): ConversationState | undefined;
  /** A decision was made on the tip; its append is on its way. */
  advance(conversationId: string, state: ConversationState): void;
  /** The log holds this state. */
  commit(conversationId: string, state: ConversationState): void;
  /** What was on its way did not arrive: decide on the committed state again. */
  retract(conversationId: string): void;
  forget(conversationId: string): void;
}

interface Cached {
  readonly committed: ConversationState;
  readonly tip: ConversationState;
}

/** Keeps the `capacity` conversations used last. */
export const createStateCache = (capacity = 1_000): StateCache => {
  const cached = new Map<string, Cached>();
  const put = (id: string, value: Cached) => {
    cached.delete(id);
    cached.set(id, value);
    if (cached.size > capacity) for (const oldest of cached.keys()) return void cached.delete(oldest);
  };
  return {
    tip: (id) => cached.get(id)?.tip,
    committed: (id) => cached.get(id)?.committed,
    advance: (id, tip) => put(id, { committed: cached.get(id)?.committed ?? initialState, tip }),
    commit: (id, state) => {
      const { tip, committed } = cached.get(id) ?? { tip: state, committed: state };
      put(id, {
        committed: committed.version > state.version ? committed : state,
        tip: tip.version > state.version ? tip : state,
      });
    },
    retract: (id) => {
      const known = cached.get(id);
      if (known !== undefined) put(id, { committed: known.committed, tip: known.committed });
    },
    forget: (id) => void cached.delete(id),
  };
};
