// A fold that trusts nothing.

import { evolve } from '../conversation/evolve.ts';
import { type ConversationState, initialState } from '../conversation/state.ts';
import { UnreadableConversation } from '../errors.ts';
import type { Recorded } from './recorded-event.ts';

/** Folds what the log gave; a gap or an event that cannot be folded makes the conversation unreadable, never wrong. */
export const foldChecked = (
  conversationId: string,
  events: readonly Recorded[],
  from: ConversationState = initialState,
): ConversationState => {
  let state = from;
  for (const event of events) {
    if (event.version !== state.version + 1)
      throw new UnreadableConversation(conversationId, event.version, `version ${state.version + 1} is missing.`);
    state = evolveChecked(conversationId, state, event);
  }
  return state;
};

const evolveChecked = (conversationId: string, state: ConversationState, event: Recorded): ConversationState => {
  try {
    return evolve(state, event);
  } catch (error) {
    throw new UnreadableConversation(conversationId, event.version, `${event.type}: ${String(error)}`);
  }
};
