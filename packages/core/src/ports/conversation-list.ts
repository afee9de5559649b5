// Lists of conversations, from their head rows.

import type { Phase } from '../conversation/state.ts';
import type { ConversationSummary } from '../projections/summary.ts';

export interface ConversationFilter {
  readonly phase?: Phase;
  readonly model?: string;
  readonly tag?: string;
  /** Text in the title, whatever its case. */
  readonly q?: string;
  readonly rating?: -1 | 0 | 1;
  /** Created at or after, and before: ISO times. */
  readonly since?: string;
  readonly until?: string;
  readonly ids?: readonly string[];
  /** Forks of one of these. */
  readonly forkedFrom?: readonly string[];
}

export interface ListedConversation extends ConversationSummary {
  readonly id: string;
}

export interface ConversationList {
  /** Newest first. `cursor` is a former answer's `nextCursor`; a malformed one throws an InvalidCursor. */
  list(
    filter: ConversationFilter,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly items: readonly ListedConversation[]; readonly nextCursor: string | null }>;
}

export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}
