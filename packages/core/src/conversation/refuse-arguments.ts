// A call whose arguments do not fit the input schema of its tool. The worker compares them, because a validator does not belong
// here; what follows from it is decided here. The call counts as badly written, as text that is no JSON does.

import type { Command } from './commands.ts';
import type { ConversationEvent } from './events.ts';
import { type ConversationState, findStep } from './state.ts';

/** A call that was sent before may have happened: what is wrong with it now must not hide that. */
export const refuseArguments = (
  { step, attempt, fault }: Extract<Command, { type: 'RefuseArguments' }>,
  state: ConversationState,
): readonly ConversationEvent[] => {
  const { turn } = state;
  const found = findStep(state, step);
  const isDue = found?.phase === 'due' && found.attempt === attempt && turn?.paused === undefined;
  if (!isDue || turn === undefined || found.call === undefined || found.mayHaveHappened || found.input) return [];
  const message = `The arguments do not match the tool's input schema: ${fault}. The tool was not called. Write the call again.`;
  return [{ type: 'ToolCallRefused', data: { turn: turn.turn, step, call: found.call, reason: 'bad_arguments', message } }];
};
