// What a list shows of a conversation: small, and stored with its head row so that lists never read the log.

import type { Usage } from '../conversation/messages.ts';
import { type ConversationState, type ForkOrigin, type Phase, phaseOf } from '../conversation/state.ts';

export interface ConversationSummary {
  readonly version: number;
  readonly phase: Phase;
  /** The model's name in `config.json`, or its own. */
  readonly model: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly rating?: -1 | 0 | 1;
  readonly turns: number;
  readonly steps: number;
  readonly usage: Usage;
  readonly forkedFrom?: ForkOrigin;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const summarize = (state: ConversationState): ConversationSummary => ({
  version: state.version,
  phase: phaseOf(state),
  model: state.model?.name ?? '',
  title: state.title,
  tags: state.tags,
  ...(state.rating !== undefined && { rating: state.rating }),
  turns: state.turns,
  steps: state.steps,
  usage: state.usage,
  ...(state.forkedFrom && { forkedFrom: state.forkedFrom }),
  createdAt: state.createdAt,
  updatedAt: state.updatedAt,
});
