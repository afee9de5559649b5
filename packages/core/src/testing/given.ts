// Given a history, when a command comes, then these events: specs of the pure core as sentences. Belongs to no test
// framework: what does not hold is thrown.

import type { Command, Environment } from '../conversation/commands.ts';
import { decide } from '../conversation/decide.ts';
import { type ConversationEvent, currentSchemaVersion } from '../conversation/events.ts';
import { evolve, fold } from '../conversation/evolve.ts';
import { fingerprint } from '../conversation/fingerprint.ts';
import type { ConversationState } from '../conversation/state.ts';
import { laterOf } from '../conversation/time.ts';
import { CommandRejected, type RejectionCode } from '../errors.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';

/** When every story of the tests begins, unless it says otherwise. */
export const storyBegins = '2026-01-01T00:00:00.000Z';
export const storyId = '00000000-0000-4000-8000-000000000001';

/** Stands in for sha256: as pure, and short enough to read in a failing test. */
export const shortHash = (text: string): string => fingerprint(text).toString(16).padStart(14, '0');

export const environmentAt = (now: string, conversationId = storyId): Environment => ({ conversationId, now, sha256: shortHash });

/** Events with the places and times that an append after `state` would give them. */
export const recordAfter = (
  state: ConversationState,
  events: readonly ConversationEvent[],
  now: string,
  commandId?: string,
): readonly Recorded[] =>
  events.map((event, index) => ({
    ...event,
    version: state.version + index + 1,
    recordedAt: laterOf(now, state.updatedAt),
    schemaVersion: currentSchemaVersion,
    ...(index === 0 && commandId !== undefined && { commandId }),
  }));

export interface Then {
  /** What the command made happen, for what no sentence here can say. */
  readonly events: readonly ConversationEvent[];
  readonly state: ConversationState;
  /** Exactly these events, in this order. */
  then(...expected: readonly ConversationEvent[]): void;
  thenNothingHappened(): void;
  thenRejected(code: RejectionCode): void;
}

export interface Given {
  readonly state: ConversationState;
  /** `now` is the time of the last event where it is not said. */
  when(command: Command, at?: { readonly now?: string }): Then;
}

export const given = (...history: readonly Recorded[]): Given => {
  const state = fold(history);
  return {
    state,
    when: (command, { now = state.updatedAt || storyBegins } = {}) => thenOf(attempt(command, state, now), state, now),
  };
};

type Attempted = { readonly events: readonly ConversationEvent[] } | { readonly rejected: CommandRejected };

const attempt = (command: Command, state: ConversationState, now: string): Attempted => {
  try {
    return { events: decide(command, state, environmentAt(laterOf(now, state.updatedAt))) };
  } catch (error) {
    if (error instanceof CommandRejected) return { rejected: error };
    throw error;
  }
};

const thenOf = (attempted: Attempted, before: ConversationState, now: string): Then => {
  const events = (): readonly ConversationEvent[] => {
    if ('rejected' in attempted)
      throw new Error(`The command was rejected (${attempted.rejected.code}): ${attempted.rejected.message}`);
    return attempted.events;
  };
  return {
    get events() {
      return events();
    },
    get state() {
      return recordAfter(before, events(), now).reduce(evolve, before);
    },
    // biome-ignore lint/suspicious/noThenProperty: a specification reads given, when, then; nobody awaits one.
    then: (...expected) => mustEqual(events(), expected),
    thenNothingHappened: () => mustEqual(events(), []),
    thenRejected: (code) => {
      if (!('rejected' in attempted)) throw new Error(`Expected a rejection (${code}), got ${inWords(attempted.events)}`);
      if (attempted.rejected.code !== code)
        throw new Error(`Expected a rejection (${code}), got ${attempted.rejected.code}: ${attempted.rejected.message}`);
    },
  };
};

const mustEqual = (actual: readonly ConversationEvent[], expected: readonly ConversationEvent[]): void => {
  if (canonical(actual) !== canonical(expected)) throw new Error(`Expected ${inWords(expected)}\nbut got ${inWords(actual)}`);
};

const inWords = (events: readonly ConversationEvent[]): string =>
  events.length === 0 ? 'no event' : events.map(({ type, data }) => `\n  ${type} ${canonical(data)}`).join('');

/** Equal values, equal texts: keys sorted, `undefined` as if it were not there. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, nested: unknown) =>
    typeof nested === 'object' && nested !== null && !Array.isArray(nested)
      ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1)))
      : nested,
  );
