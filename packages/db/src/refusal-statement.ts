// Why appends were not admitted, or whether they were stored before the connection broke: where each conversation stands now,
// and where the command stands in it.

import type { EncodedAppend } from './encode-append.ts';

const TEXT = `
SELECT coalesce(c.version, 0) AS actual, e.version AS stored_at, e.fingerprint, coalesce(p.version, 0) AS parent_version
  FROM unnest($1::uuid[], $2::text[], $3::uuid[]) WITH ORDINALITY AS a(id, command_id, parent, ordinal)
  LEFT JOIN conversations c ON c.id = a.id
  LEFT JOIN events e ON e.conversation_id = a.id AND e.command_id = a.command_id
  LEFT JOIN conversations p ON p.id = a.parent
  ORDER BY a.ordinal`;

export interface RefusalRow {
  readonly actual: number;
  readonly stored_at: number | null;
  readonly fingerprint: string | null;
  readonly parent_version: number;
}

/** One row for each append, in their order. */
export const refusalStatement = (appends: readonly EncodedAppend[]) => ({
  name: 'refusals',
  text: TEXT,
  values: [
    appends.map((append) => append.conversationId),
    appends.map((append) => append.commandId),
    appends.map((append) => append.parent),
  ],
});
