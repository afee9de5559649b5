// Lists from head rows alone: no list ever reads the log.

import {
  type ConversationFilter,
  type ConversationList,
  type ConversationSummary,
  InvalidCursor,
  StoreUnavailable,
} from '@turnlog/core';
import { and, arrayContains, desc, eq, gte, ilike, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { asSearchText, isUuid } from './encode-append.ts';
import { conversations } from './schema.ts';

export const createPostgresConversationList = (pool: Pool): ConversationList => {
  const db = drizzle(pool);
  return {
    list: async (filter, { limit, cursor }) => {
      const rows = await db
        .select({ id: conversations.id, createdAt: conversations.createdAt, summary: conversations.summary })
        .from(conversations)
        .where(and(...conditionsOf(filter), cursor === undefined ? undefined : olderThan(readCursor(cursor))))
        .orderBy(desc(conversations.createdAt), desc(conversations.id))
        .limit(limit + 1)
        .catch(unwrap);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(({ id, summary }) => ({ id, ...(summary as ConversationSummary) })),
        nextCursor: rows.length > limit && last ? writeCursor({ createdAt: last.createdAt.toISOString(), id: last.id }) : null,
      };
    },
  };
};

/** Drizzle wraps what its driver says. */
const unwrap = (error: unknown): never => {
  const cause = error instanceof Error ? error.cause : undefined;
  throw cause instanceof StoreUnavailable ? cause : error;
};

const conditionsOf = ({
  phase,
  model,
  tag,
  q,
  rating,
  since,
  until,
  ids,
  forkedFrom,
}: ConversationFilter): (SQL | undefined)[] => [
  phase === undefined ? undefined : eq(conversations.phase, phase),
  model === undefined ? undefined : eq(conversations.model, asSearchText(model)),
  tag === undefined ? undefined : arrayContains(conversations.tags, [asSearchText(tag)]),
  q === undefined ? undefined : ilike(conversations.title, `%${asSearchText(q).replace(/[\\%_]/g, '\\$&')}%`),
  rating === undefined ? undefined : eq(conversations.rating, rating),
  since === undefined ? undefined : gte(conversations.createdAt, new Date(since)),
  until === undefined ? undefined : lt(conversations.createdAt, new Date(until)),
  ids === undefined ? undefined : inArray(conversations.id, ids.filter(isUuid)),
  forkedFrom === undefined ? undefined : inArray(conversations.forkedFrom, forkedFrom.filter(isUuid)),
];

interface Place {
  readonly createdAt: string;
  readonly id: string;
}

const olderThan = ({ createdAt, id }: Place): SQL =>
  sql`(${conversations.createdAt}, ${conversations.id}) < (${createdAt}::timestamptz, ${id}::uuid)`;

const writeCursor = ({ createdAt, id }: Place): string => Buffer.from(`${createdAt} ${id}`).toString('base64url');

const readCursor = (cursor: string): Place => {
  const [createdAt = '', id = '', ...rest] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (
    rest.length > 0 ||
    !isUuid(id) ||
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(createdAt) ||
    Number.isNaN(Date.parse(createdAt))
  ) {
    throw new InvalidCursor('This cursor is not one that a list has given. Start again without it.');
  }
  return { createdAt, id };
};
