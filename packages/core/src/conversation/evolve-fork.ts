// A conversation that begins from the prefix of another one, and one whose contents are gone.

import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { closeTurn } from './close-turn.ts';
import { forkedSessions } from './mcp-sessions.ts';
import { type ConversationState, initialState } from './state.ts';
import { append, type Entry, entriesOf, type Transcript } from './transcript.ts';

type Of<T extends Recorded['type']> = Extract<Recorded, { type: T }>;

/**
 * What was open is closed and what waited stays with the parent. Settings, tags and counts go on from the prefix; a rating
 * does not, as it judged what the parent became.
 */
export const forked = (state: ConversationState, event: Of<'ConversationForked'>): ConversationState => {
  const { data, version, recordedAt } = event;
  const closed = closeTurn(state, { end: 'cancelled', at: event, cause: 'forked' });
  const replaced = data.editedTurn === undefined ? undefined : lastWordsOf(closed.transcript, data.editedTurn);
  const kept = replaced === undefined ? closed.transcript : replaced.before;
  return {
    ...closed,
    model: data.model ?? closed.model,
    servers: data.servers ?? closed.servers,
    limits: data.limits ?? closed.limits,
    // Other servers offer other tools: they are listed before the next model call.
    tools: data.servers === undefined ? closed.tools : undefined,
    mcpSessions: forkedSessions(closed, kept, data.replay?.mode === 'cassette'),
    transcript: data.systemPrompt === undefined ? kept : withSystemPrompt(kept, version, data.systemPrompt),
    title: entriesOf(kept).some(({ kind }) => kind === 'user') ? closed.title : '',
    rating: undefined,
    replay: data.replay,
    queued: [],
    forkedFrom: {
      ...data.parent,
      ...(data.supersede && { supersededAfter: replaced === undefined ? data.parent.version : replaced.entry.version - 1 }),
    },
    createdAt: recordedAt,
  };
};

/** The last user message of a turn: its first one, or what was said while it was open. */
const lastWordsOf = (transcript: Transcript | undefined, turn: number): Transcript | undefined => {
  let link = transcript;
  while (link !== undefined && !(link.entry.kind === 'user' && link.entry.turn === turn)) link = link.before;
  return link;
};

const withSystemPrompt = (transcript: Transcript | undefined, version: number, content: string): Transcript =>
  entriesOf(transcript)
    .filter(({ kind }) => kind !== 'system')
    .reduce<Transcript>((chain, entry: Entry) => append(chain, entry), append(undefined, { kind: 'system', version, content }));

/** Every version of an erased conversation is such a tombstone, so nothing but its places, times and origin may be left. */
export const erased = (state: ConversationState, { recordedAt }: Of<'ConversationErased'>): ConversationState => ({
  ...initialState,
  phase: 'erased',
  forkedFrom: state.forkedFrom && {
    conversationId: state.forkedFrom.conversationId,
    version: state.forkedFrom.version,
  },
  createdAt: state.createdAt || recordedAt,
});
