import type { Recorded } from '@turnlog/core';
import type { Pool } from 'pg';
import { isUuid } from './encode-append.ts';
import { decodeEvents, EVENT_COLUMNS, type EventRow } from './stored-event.ts';

// A fork's own events begin after its segments, so no version comes twice.
const TEXT = `
SELECT ${EVENT_COLUMNS}
  FROM (
    SELECT source_id, from_version, to_version FROM segments WHERE conversation_id = $1
    UNION ALL
    SELECT $1, 1, 2147483647
  ) s
  JOIN events e ON e.conversation_id = s.source_id AND e.version BETWEEN s.from_version AND s.to_version
  WHERE e.version > $2 AND e.version <= $3
  ORDER BY e.version`;

const LAST = 2_147_483_647;

/** Events of a conversation with `after < version <= upTo`, inherited ones included. */
export const readEvents = async (
  query: Pick<Pool, 'query'>,
  conversationId: string,
  { after = 0, upTo = LAST }: { readonly after?: number; readonly upTo?: number } = {},
): Promise<readonly Recorded[]> => {
  if (!isUuid(conversationId)) return [];
  const values = [conversationId, after, Math.min(upTo, LAST)];
  const { rows } = await query.query<EventRow>({ name: 'read events', text: TEXT, values });
  return decodeEvents(query, rows);
};
