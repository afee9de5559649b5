// Why appends were not admitted, or whether they were stored before the connection broke: where each conversation stands now,
// and where the command stands in it.

import type { EncodedAppend } from './encode-append.ts';

const TEXT = `
SELECT coalesce(c.version, 0) AS actual, e.version AS stored_at, e.fingerprint, CASE WHEN p.phase = 'closed' THEN 0 ELSE coalesce(p.version, 0) END AS parent_version,
       a.base IS NULL OR (b.command_id IS NOT DISTINCT FROM a.base_command AND b.recorded_at IS NOT DISTINCT FROM a.base_recorded_at) AS is_founded
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::int[], $5::text[], $6::timestamptz[]) WITH ORDINALITY
      AS a(id, command_id, parent, base, base_command, base_recorded_at, ordinal)
  LEFT JOIN conversations c ON c.id = a.id
  LEFT JOIN events e ON e.conversation_id = a.id AND e.command_id = a.command_id
  LEFT JOIN events b ON b.conversation_id = a.id AND b.version = a.base
  LEFT JOIN conversations p ON p.id = a.parent
  ORDER BY a.ordinal`;

export interface RefusalRow {
  readonly actual: number;
  readonly stored_at: number | null;
  readonly fingerprint: string | null;
  /** 0 of one that was erased: nothing of it can be forked. */
  readonly parent_version: number;
  /** Whether the append it builds on was stored. */
  readonly is_founded: boolean;
}

/** One row for each append, in their order. */
export const refusalStatement = (appends: readonly EncodedAppend[]) => ({
  name: 'refusals',
  text: TEXT,
  values: [
    appends.map((append) => append.conversationId),
    appends.map((append) => append.commandId),
    appends.map((append) => append.parent),
    appends.map((append) => append.buildsOn?.version ?? null),
    appends.map((append) => append.buildsOn?.commandId ?? null),
    appends.map((append) => append.buildsOn?.recordedAt ?? null),
  ],
});
