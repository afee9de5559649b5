// Lists of conversations in memory.

import {
  type ConversationFilter,
  type ConversationList,
  InvalidCursor,
  type ListedConversation,
} from '../ports/conversation-list.ts';
import type { InMemoryEventStore } from './in-memory-event-store.ts';

export const createInMemoryConversationList = (store: InMemoryEventStore): ConversationList => ({
  list: async (filter, { limit, cursor }) => {
    if (cursor !== undefined && !/^\S+ \S+$/.test(cursor))
      throw new InvalidCursor('This cursor is not one that a list has given.');
    const found = store
      .heads()
      .map(({ id, summary }) => ({ id, ...summary }))
      .filter((item) => isWanted(filter, item) && (cursor === undefined || placeOf(item) < cursor))
      .sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last ? placeOf(last) : null };
  },
});

/** ISO times sort as text, and the id decides between equal ones. */
const placeOf = ({ createdAt, id }: ListedConversation): string => `${createdAt} ${id}`;

const isWanted = (filter: ConversationFilter, item: ListedConversation): boolean => {
  const { phase, model, tag, q, rating, since, until, ids, forkedFrom } = filter;
  return (
    (phase === undefined || item.phase === phase) &&
    (model === undefined || item.model === model) &&
    (tag === undefined || item.tags.includes(tag)) &&
    (q === undefined || item.title.toLowerCase().includes(q.toLowerCase())) &&
    (rating === undefined || item.rating === rating) &&
    (since === undefined || item.createdAt >= since) &&
    (until === undefined || item.createdAt < until) &&
    (ids === undefined || ids.includes(item.id)) &&
    (forkedFrom === undefined || forkedFrom.includes(item.forkedFrom?.conversationId ?? ''))
  );
};
