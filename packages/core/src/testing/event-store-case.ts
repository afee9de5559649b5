// What the cases of the event store's contract are made of. Belongs to no test framework: what does not hold is thrown.

import type { ConversationEvent } from '../conversation/events.ts';
import type { Append, AppendResult, EventStore } from '../event-sourcing/event-store.ts';

export interface EventStoreCase {
  readonly name: string;
  readonly run: (store: EventStore, newId: () => string) => Promise<void>;
}

export const recordedAt = '2026-03-01T12:00:00.000Z';

export const said = (comment: string): ConversationEvent => ({ type: 'FeedbackGiven', data: { comment } });

/** An append of what was said, whatever a decision would think of it: a store does not read events. */
export const anAppend = (
  conversationId: string,
  expectedVersion: number,
  comments: readonly string[],
  change: Partial<Append> = {},
): Append => ({
  conversationId,
  expectedVersion,
  commandId: `command-${expectedVersion}-${comments.join('|').slice(0, 100)}`,
  recordedAt,
  events: comments.map(said),
  work: { put: [], drop: [] },
  summary: {
    version: expectedVersion + comments.length,
    phase: 'idle',
    model: 'small',
    title: comments[0] ?? '',
    tags: [],
    turns: 0,
    steps: 0,
    usage: { promptTokens: 0, completionTokens: 0 },
    createdAt: recordedAt,
    updatedAt: recordedAt,
  },
  ...change,
});

/** Texts are compared as JSON: key order counts. */
export const mustEqual = (what: string, actual: unknown, expected: unknown): void => {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what}: is ${is}, should be ${should}`);
};

export const commentsOf = async (store: EventStore, id: string, range?: Parameters<EventStore['read']>[1]): Promise<unknown[]> =>
  (await store.read(id, range)).map((event) => (event.type === 'FeedbackGiven' ? event.data.comment : event.type));

export const versionsOf = async (store: EventStore, id: string): Promise<number[]> =>
  (await store.read(id)).map((event) => event.version);

export const typesOf = (results: readonly AppendResult[]): string[] => results.map((result) => result.type).sort();

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
