// What it takes to perform a prefix again: where its first turn begins, what was said to it, and what it was set up with.
// Pure; performing it is a fork like any other, so the original never changes.

import type { Command } from '../conversation/commands.ts';
import { evolve } from '../conversation/evolve.ts';
import type { ModelSettings } from '../conversation/settings.ts';
import { type ConversationState, initialState } from '../conversation/state.ts';
import { entriesOf } from '../conversation/transcript.ts';
import { CommandRejected } from '../errors.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';

type ForkConversation = Extract<Command, { type: 'ForkConversation' }>;

/**
 * `events` are those of the prefix, from version 1 on. Said again is what the history at its end shows: words of turns that
 * were rolled back or edited away are not, and words that were steered into a turn follow as turns of their own.
 */
export const planReplay = (
  id: string,
  events: readonly Recorded[],
  mode: 'cassette' | 'live',
  model?: ModelSettings,
): ForkConversation => {
  const { end, base } = foldTo(events);
  if (end.phase === 'erased') throw new CommandRejected('closed', 'This conversation was erased.');
  const entries = entriesOf(end.transcript);
  const system = entries.find((entry) => entry.kind === 'system');
  const inputs = entries.flatMap((entry) => (entry.kind === 'user' ? [entry.content] : []));
  if (base === undefined || inputs.length === 0)
    throw new CommandRejected(
      'nothing_to_replay',
      `No user has spoken up to version ${end.version}: there is nothing to perform again.`,
    );
  const performedBy = model ?? end.model;
  return {
    type: 'ForkConversation',
    parent: { conversationId: id, version: base },
    ...(performedBy && { model: performedBy }),
    ...(system?.kind === 'system' && { systemPrompt: system.content }),
    servers: end.servers,
    replay: { mode, source: id, through: end.version },
    // A cassette asks no server what it offers.
    ...(mode === 'cassette' && end.tools && { tools: end.tools.tools }),
    inputs,
  };
};

const foldTo = (events: readonly Recorded[]): { readonly end: ConversationState; readonly base: number | undefined } => {
  let state = initialState;
  let base: number | undefined;
  for (const event of events) {
    if (event.type === 'TurnStarted') base ??= state.version;
    state = evolve(state, event);
  }
  return { end: state, base };
};
