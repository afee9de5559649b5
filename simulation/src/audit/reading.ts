// How the auditor reads recorded events: what belongs together, and what was said of a step.

import type { LogEntry, Recorded, Tool } from '@turnlog/core';

export type Of<T extends Recorded['type']> = Extract<Recorded, { type: T }>;

/** How many of a conversation's first events are those of the conversation that it was forked from. */
export const inheritedBy = (events: readonly Recorded[]): number =>
  events.findLast((event) => event.type === 'ConversationForked')?.data.parent.version ?? 0;

export const ownOf = (events: readonly Recorded[]): readonly Recorded[] => events.slice(inheritedBy(events));

export const isErased = (events: readonly Recorded[]): boolean => events.some(({ type }) => type === 'ConversationErased');

/** Each conversation as it was recorded, put together from what was committed: a fork begins with the prefix of its parent. */
export const asRecorded = (log: readonly LogEntry[]): ReadonlyMap<string, readonly Recorded[]> => {
  const conversations = new Map<string, Recorded[]>();
  for (const { conversationId, event } of log) {
    const parent = event.type === 'ConversationForked' ? event.data.parent : undefined;
    const events =
      conversations.get(conversationId) ?? conversations.get(parent?.conversationId ?? '')?.slice(0, parent?.version) ?? [];
    events.push(event);
    conversations.set(conversationId, events);
  }
  return conversations;
};

export const toolsOf = (said: readonly Recorded[]): readonly Tool[] =>
  said.findLast((event): event is Of<'ToolsListed'> => event.type === 'ToolsListed')?.data.tools ?? [];

/** The tool call of a step, as it was first asked for. */
export const callOf = (said: readonly Recorded[], step: number) => {
  for (const event of said) {
    if (event.type === 'ApprovalRequested' && event.data.step === step) return event.data.call;
    if (event.type === 'StepScheduled' && event.data.step === step && event.data.call.kind === 'tool') return event.data.call;
  }
  return undefined;
};

export const isTurnEnd = ({ type }: Recorded): boolean =>
  type === 'TurnCompleted' || type === 'TurnFailed' || type === 'TurnCancelled' || type === 'TurnRolledBack';

/** Whether a turn is open at the end of these events. */
export const hasOpenTurn = (events: readonly Recorded[]): boolean => {
  const last = events.findLast(
    (event) =>
      isTurnEnd(event) ||
      event.type === 'TurnStarted' ||
      event.type === 'ConversationForked' ||
      event.type === 'ConversationErased',
  );
  return last?.type === 'TurnStarted';
};

/** What nothing else in a simulation holds. */
export const tokensIn = (value: unknown): readonly string[] => JSON.stringify(value)?.match(/<<\d+>>/g) ?? [];
