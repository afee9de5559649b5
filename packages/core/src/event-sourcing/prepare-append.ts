// What a decision becomes: one append, and the state it leads to.

import type { Command } from '../conversation/commands.ts';
import { type ConversationEvent, currentSchemaVersion, toStoredForm } from '../conversation/events.ts';
import { fold } from '../conversation/evolve.ts';
import { workChange } from '../conversation/open-work.ts';
import type { ConversationState } from '../conversation/state.ts';
import { summarize } from '../projections/summary.ts';
import type { Append } from './event-store.ts';
import type { Envelope } from './handle.ts';
import type { Recorded } from './recorded-event.ts';

export const prepareAppend = (
  before: ConversationState,
  decided: readonly ConversationEvent[],
  command: Command,
  { conversationId, commandId, fingerprint, correlation }: Envelope,
  recordedAt: string,
): { readonly append: Append; readonly after: ConversationState; readonly events: readonly Recorded[] } => {
  const stored = decided.map(toStoredForm);
  const events = stored.map(
    (event, index): Recorded => ({
      ...event,
      version: before.version + index + 1,
      recordedAt,
      schemaVersion: currentSchemaVersion,
      ...(index === 0 && { commandId }),
      causation: command.type,
      ...(correlation !== undefined && { correlation }),
    }),
  );
  const after = fold(events, before);
  const append: Append = {
    conversationId,
    expectedVersion: before.version,
    commandId,
    ...(fingerprint !== undefined && { fingerprint }),
    causation: command.type,
    ...(correlation !== undefined && { correlation }),
    recordedAt,
    events: stored,
    work: workChange(before, after),
    summary: summarize(after),
  };
  return { append, after, events };
};
