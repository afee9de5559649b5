import type { ConversationState, Engine } from '@turnlog/core';
import { RequestRefused } from './request-refused.ts';

/** The state as the log has it now, not as this process remembers it: workers write elsewhere. */
export const requireConversation = async (engine: Engine, id: string): Promise<ConversationState> => {
  const state = await engine.load(id, { fresh: true });
  if (state.version === 0) throw new RequestRefused('not_found', `There is no conversation ${id}.`);
  return state;
};
