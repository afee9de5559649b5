// A log and a list in memory, for the tests of this API: exact versions, command ids, fingerprints, and nothing more.

import type { Append, AppendResult, ConversationList, EventStore, ListedConversation, Recorded } from '@turnlog/core';
import { currentSchemaVersion, InvalidCursor } from '@turnlog/core';

export interface MemoryLog {
  readonly store: EventStore;
  readonly list: ConversationList;
}

interface Stored {
  readonly events: readonly Recorded[];
  readonly fingerprints: ReadonlyMap<string, string | undefined>;
  readonly listed: ListedConversation;
}

export const createMemoryLog = (): MemoryLog => {
  const conversations = new Map<string, Stored>();
  const find = (id: string, commandId: string) => {
    const found = conversations.get(id);
    const event = found?.events.find((candidate) => candidate.commandId === commandId);
    const fingerprint = found?.fingerprints.get(commandId);
    return event && { version: event.version, ...(fingerprint !== undefined && { fingerprint }) };
  };
  const append = (asked: Append): AppendResult => {
    const earlier = find(asked.conversationId, asked.commandId);
    if (earlier !== undefined) return { type: 'duplicate', ...earlier };
    const before = conversations.get(asked.conversationId);
    const actual = before?.events.length ?? 0;
    if (actual !== asked.expectedVersion) return { type: 'conflict', actual };
    const events = [...(before?.events ?? []), ...recordedOf(asked)];
    conversations.set(asked.conversationId, {
      events,
      fingerprints: new Map([...(before?.fingerprints ?? []), [asked.commandId, asked.fingerprint]]),
      listed: { id: asked.conversationId, ...asked.summary },
    });
    return { type: 'appended', version: events.length };
  };
  return {
    store: {
      append: async (asked) => append(asked),
      read: async (id, { after = 0, upTo = Number.MAX_SAFE_INTEGER } = {}) =>
        conversations.get(id)?.events.slice(after, upTo) ?? [],
      findCommand: async (id, commandId) => find(id, commandId),
      readAll: async () => [],
    },
    list: createList(() => [...conversations.values()].map(({ listed }) => listed)),
  };
};

const recordedOf = ({ events, expectedVersion, recordedAt, commandId, causation, correlation }: Append): readonly Recorded[] =>
  events.map((event, index) => ({
    ...event,
    version: expectedVersion + index + 1,
    recordedAt,
    schemaVersion: currentSchemaVersion,
    ...(index === 0 && { commandId }),
    ...(causation !== undefined && { causation }),
    ...(correlation !== undefined && { correlation }),
  }));

const createList = (all: () => readonly ListedConversation[]): ConversationList => ({
  list: async (filter, { limit, cursor }) => {
    const from = cursor === undefined ? 0 : Number(cursor);
    if (!Number.isInteger(from)) throw new InvalidCursor('This cursor is malformed.');
    const { phase, model, tag, q, rating } = filter;
    const found = all()
      .toReversed()
      .filter((item) => phase === undefined || item.phase === phase)
      .filter((item) => model === undefined || item.model === model)
      .filter((item) => tag === undefined || item.tags.includes(tag))
      .filter((item) => q === undefined || item.title.toLowerCase().includes(q.toLowerCase()))
      .filter((item) => rating === undefined || item.rating === rating);
    const to = from + limit;
    return { items: found.slice(from, to), nextCursor: to < found.length ? String(to) : null };
  },
});
