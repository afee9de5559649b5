// What shows only in the log: that it happened to conversations, and not just to processes or in somebody's intention. Events that
// a fork inherits are counted where they were recorded.

import type { Recorded } from '@turnlog/core';
import type { Coverage, Fault } from '../coverage.ts';
import { hasOpenTurn, inheritedBy, ownOf } from './reading.ts';

export const countEvents = (conversations: ReadonlyMap<string, readonly Recorded[]>, coverage: Coverage): void => {
  for (const events of conversations.values()) {
    const unknown = new Set<number>();
    for (const event of ownOf(events)) {
      const fault = faultOf(event);
      if (fault !== undefined) coverage.count(fault);
      if (event.type === 'ToolOutcomeUnknown') unknown.add(event.data.step);
      if (event.type === 'ToolOutcomeDecided') unknown.delete(event.data.step);
      if (event.type === 'ToolReturned' && unknown.has(event.data.step))
        coverage.count('late outcome settles a call that waits as unknown');
    }
    const tombstone = events.findIndex(({ type }) => type === 'ConversationErased');
    if (tombstone >= 0 && hasOpenTurn(events.slice(0, tombstone))) coverage.count('erasure while a turn was open');
    for (const fault of faultsOfFork(events, conversations)) coverage.count(fault);
  }
};

const faultOf = (event: Recorded): Fault | undefined => {
  switch (event.type) {
    case 'OutcomeSuperseded':
      return 'late outcome';
    case 'TurnPaused':
      return `limit reached: ${event.data.reason}`;
    case 'AttemptFailed':
      return event.data.failure.kind === 'lost' ? 'attempt lost with its worker' : undefined;
    case 'ToolOutcomeUnknown':
      return 'outcome of a tool call unknown';
    case 'ReplayStopped':
      return 'cassette stopped at a call that was never recorded';
    case 'TurnQueued':
      return 'person: queue';
    case 'TurnSteered':
      return 'person: steer';
    case 'TurnRolledBack':
      return 'person: rollback';
    case 'TurnCancelled':
      return event.data.cause === 'requested' ? 'person: cancel' : 'person: interrupt';
    case 'TurnResumed':
      return 'person: resume';
    case 'FeedbackGiven':
      return 'person: feedback';
    case 'ToolCallApproved':
      return 'person: approve';
    case 'ToolCallEdited':
      return 'person: edit';
    case 'ToolCallRejected':
      return 'person: reject';
    case 'ToolOutcomeDecided':
      return `person: ${event.data.decision}`;
    default:
      return undefined;
  }
};

const faultsOfFork = (events: readonly Recorded[], conversations: ReadonlyMap<string, readonly Recorded[]>): readonly Fault[] => {
  const inherited = inheritedBy(events);
  const forked = events[inherited];
  // A cassette is a fork of its own kind: it sets all of this by itself.
  if (forked?.type !== 'ConversationForked' || forked.data.replay !== undefined) return [];
  const { parent, model, servers, systemPrompt, editedTurn } = forked.data;
  const isOfFork = inheritedBy(conversations.get(parent.conversationId) ?? []) > 0;
  const found: readonly (readonly [Fault, boolean])[] = [
    ['person: fork', true],
    ['fork while a turn was open', hasOpenTurn(events.slice(0, inherited))],
    ['fork of a fork', isOfFork],
    ['fork with an edited message', editedTurn !== undefined],
    ['fork with another model', model !== undefined],
    ['fork with other servers', servers !== undefined],
    ['fork with another system prompt', systemPrompt !== undefined],
  ];
  return found.filter(([, isSo]) => isSo).map(([fault]) => fault);
};
