// Lists are read page by page, and asked about so many ids at once.

import type { ConversationFilter, ConversationList, ListedConversation } from '@turnlog/core';

const pageSize = 200;

export const chunksOf = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / pageSize) }, (_, index) => ids.slice(index * pageSize, (index + 1) * pageSize));

export const allOf = async (list: ConversationList, filter: ConversationFilter): Promise<readonly ListedConversation[]> => {
  const items: ListedConversation[] = [];
  let cursor: string | undefined;
  do {
    const page = await list.list(filter, { limit: pageSize, ...(cursor !== undefined && { cursor }) });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
};
