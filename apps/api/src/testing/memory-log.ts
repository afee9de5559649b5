// A log in memory, for the tests of this API, with a list in the order of creation: times may be the same here.

import {
  type ConversationList,
  createInMemoryEventStore,
  type Erasure,
  type EventStore,
  InvalidCursor,
  type ListedConversation,
} from '@turnlog/core';

export interface MemoryLog {
  readonly store: EventStore;
  readonly list: ConversationList;
  readonly erasure: Erasure;
}

export const createMemoryLog = (): MemoryLog => {
  const store = createInMemoryEventStore();
  return { store, list: createList(() => store.heads().map(({ id, summary }) => ({ id, ...summary }))), erasure: store };
};

const createList = (all: () => readonly ListedConversation[]): ConversationList => ({
  list: async (filter, { limit, cursor }) => {
    const from = cursor === undefined ? 0 : Number(cursor);
    if (!Number.isInteger(from)) throw new InvalidCursor('This cursor is malformed.');
    const { phase, model, tag, q, rating, ids, forkedFrom } = filter;
    const found = all()
      .toReversed()
      .filter((item) => phase === undefined || item.phase === phase)
      .filter((item) => model === undefined || item.model === model)
      .filter((item) => tag === undefined || item.tags.includes(tag))
      .filter((item) => q === undefined || item.title.toLowerCase().includes(q.toLowerCase()))
      .filter((item) => rating === undefined || item.rating === rating)
      .filter((item) => ids === undefined || ids.includes(item.id))
      .filter((item) => forkedFrom === undefined || forkedFrom.includes(item.forkedFrom?.conversationId ?? ''));
    const to = from + limit;
    return { items: found.slice(from, to), nextCursor: to < found.length ? String(to) : null };
  },
});
