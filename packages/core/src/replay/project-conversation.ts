// Replay in mode `project`: what a prefix comes to. Nothing is asked of any model or tool.

import type { ChatMessage } from '../conversation/chat-message.ts';
import { renderHistory } from '../conversation/model-request.ts';
import type { ConversationState, Phase } from '../conversation/state.ts';
import { type OpenStepView, viewConversation, type WaitingFor } from '../projections/conversation-view.ts';

export interface ProjectReport {
  readonly id: string;
  readonly mode: 'project';
  /** The version that was replayed. */
  readonly at: number;
  readonly executed: 'nothing';
  readonly phase: Phase;
  readonly model: string;
  /** As a provider would take them: a call that was open at `at` has a placeholder as its answer. */
  readonly messages: readonly ChatMessage[];
  readonly openSteps: readonly OpenStepView[];
  readonly waitingFor?: readonly WaitingFor[];
}

export const projectConversation = (id: string, state: ConversationState): ProjectReport => {
  const { phase, model, openSteps, waitingFor } = viewConversation(id, state);
  return {
    id,
    mode: 'project',
    at: state.version,
    executed: 'nothing',
    phase,
    model,
    messages: renderHistory(state).messages,
    openSteps,
    ...(waitingFor && { waitingFor }),
  };
};
