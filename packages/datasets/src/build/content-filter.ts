// Filters that no head row can answer: they read the conversation itself.

import { fold, toTrace } from '@turnlog/core';
import type { Family, RecordedConversation } from '../rows/projection.ts';

export interface ContentFilter {
  /** Only conversations with one of these MCP servers. */
  readonly servers?: readonly string[];
  readonly minTurns?: number;
  readonly maxTurns?: number;
  /** Prompt and completion tokens of all model calls together. */
  readonly minTokens?: number;
  readonly maxTokens?: number;
  /** Only conversations in which no attempt, tool or turn has failed. */
  readonly noErrors?: boolean;
  /** In any message, whatever its case. */
  readonly text?: string;
}

/** Members that do not match stay in their family, as what others are compared with. */
export const selectedIn = (family: Family, filter: ContentFilter): Family =>
  Object.keys(filter).length === 0
    ? family
    : {
        ...family,
        members: family.members.map((member) => ({ ...member, isSelected: member.isSelected && matches(member, filter) })),
      };

const matches = (
  { id, events }: RecordedConversation,
  { servers, minTurns, maxTurns, minTokens, maxTokens, noErrors, text }: ContentFilter,
): boolean => {
  const state = fold(events);
  const tokens = state.usage.promptTokens + state.usage.completionTokens;
  return (
    (servers === undefined || servers.some((server) => state.servers.includes(server))) &&
    isWithin(state.turns, minTurns, maxTurns) &&
    isWithin(tokens, minTokens, maxTokens) &&
    !(noErrors === true && events.some(isError)) &&
    (text === undefined || toTrace(id, state).messages.some(({ content }) => holds(content, text)))
  );
};

const isWithin = (value: number, least = 0, most = Number.POSITIVE_INFINITY): boolean => value >= least && value <= most;

const isError = (event: RecordedConversation['events'][number]): boolean =>
  event.type === 'AttemptFailed' ||
  event.type === 'TurnFailed' ||
  event.type === 'ToolOutcomeUnknown' ||
  (event.type === 'ToolReturned' && event.data.result.isError);

const holds = (content: string, text: string): boolean => content.toLowerCase().includes(text.toLowerCase());
