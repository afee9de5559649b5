// The engine's own replay of a log, version by version: what the auditor holds everything else against.

import {
  evolve,
  type InMemoryEventStore,
  initialState,
  type LogEntry,
  type Recorded,
  renderHistory,
  toTrace,
  verifyConversation,
} from '@turnlog/core';
import type { Message, Replay } from './audit/evidence.ts';
import { sha256 } from './simulated-model.ts';

export const replayConversation = (conversationId: string, events: readonly Recorded[]): Replay => {
  let state = initialState;
  const states = [state];
  const histories: (readonly Message[])[] = [[]];
  for (const event of events) {
    state = evolve(state, event);
    states.push(state);
    histories.push(renderHistory(state).messages);
  }
  return { states, histories, trace: JSON.stringify(toTrace(conversationId, state)) };
};

/** In words, with what differs. */
export const verdictOf = (id: string, events: readonly Recorded[]): string => {
  const { verdict, difference } = verifyConversation(id, events, { sha256 });
  return difference === undefined ? verdict : `${verdict}: ${JSON.stringify(difference)}`;
};

export const readWholeLog = async (log: InMemoryEventStore): Promise<readonly LogEntry[]> => {
  const entries: LogEntry[] = [];
  for (;;) {
    const page = await log.readAll(entries.at(-1)?.cursor, 500);
    if (page.length === 0) return entries;
    entries.push(...page);
  }
};
