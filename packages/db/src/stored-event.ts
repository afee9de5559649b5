// Rows of `events` as recorded events.

import { currentSchemaVersion, eventTypes, type Recorded, UnreadableConversation } from '@turnlog/core';
import type { Pool } from 'pg';
import { type BlobReference, joinData } from './blob-strings.ts';

export interface EventRow {
  /** Whose event it is: of an inherited one, an ancestor's. */
  readonly conversation_id: string;
  readonly version: number;
  readonly type: string;
  readonly schema_version: number;
  readonly data: unknown;
  readonly blobs: readonly BlobReference[] | null;
  readonly command_id: string | null;
  readonly causation: string | null;
  readonly correlation: string | null;
  readonly recorded_at: Date;
}

export const EVENT_COLUMNS =
  'e.conversation_id, e.version, e.type, e.schema_version, e.data, e.blobs, e.command_id, e.causation, e.correlation, e.recorded_at';

type Query = Pick<Pool, 'query'>;

const knownTypes: ReadonlySet<string> = new Set(eventTypes);

const READ_BLOBS = `
SELECT b.conversation_id, b.sha256, b.content
  FROM unnest($1::uuid[], $2::text[]) AS wanted(conversation_id, sha256)
  JOIN blobs b ON b.conversation_id = wanted.conversation_id AND b.sha256 = wanted.sha256`;

/** Decodes rows in order, long strings back in place. Throws an UnreadableConversation rather than guess. */
export const decodeEvents = async (query: Query, rows: readonly EventRow[]): Promise<readonly Recorded[]> => {
  for (const row of rows) checkReadable(row);
  const wanted = rows.flatMap((row) => (row.blobs ?? []).map(({ sha256 }) => ({ id: row.conversation_id, sha256 })));
  const contents = wanted.length === 0 ? new Map<string, string>() : await readBlobs(query, wanted);
  return rows.map((row) => {
    if (row.blobs) joinData(row.data, row.blobs, (sha256) => contentOf(contents, row, sha256));
    return recorded(row);
  });
};

const checkReadable = ({ conversation_id, version, type, schema_version }: EventRow): void => {
  if (!knownTypes.has(type)) throw new UnreadableConversation(conversation_id, version, `${type} needs a newer Turnlog.`);
  if (schema_version > currentSchemaVersion) {
    throw new UnreadableConversation(
      conversation_id,
      version,
      `schema version ${schema_version} of ${type} needs a newer Turnlog.`,
    );
  }
};

const readBlobs = async (query: Query, wanted: readonly { id: string; sha256: string }[]): Promise<Map<string, string>> => {
  const { rows } = await query.query<{ conversation_id: string; sha256: string; content: string }>({
    name: 'blobs',
    text: READ_BLOBS,
    values: [wanted.map(({ id }) => id), wanted.map(({ sha256 }) => sha256)],
  });
  return new Map(rows.map((row) => [row.conversation_id + row.sha256, row.content]));
};

const contentOf = (contents: ReadonlyMap<string, string>, { conversation_id, version }: EventRow, sha256: string): string => {
  const content = contents.get(conversation_id + sha256);
  if (content === undefined) throw new UnreadableConversation(conversation_id, version, `its content ${sha256} is missing.`);
  return content;
};

// The columns hold any type and data; `checkReadable` and the schemas before every write are what makes them one of ours.
const recorded = (row: EventRow): Recorded =>
  ({
    type: row.type,
    data: row.data,
    version: row.version,
    recordedAt: row.recorded_at.toISOString(),
    schemaVersion: row.schema_version,
    ...(row.command_id !== null && { commandId: row.command_id }),
    ...(row.causation !== null && { causation: row.causation }),
    ...(row.correlation !== null && { correlation: row.correlation }),
  }) as Recorded;
