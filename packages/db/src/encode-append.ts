// An append as the rows of its statement. Encoded when it arrives, so that what cannot be encoded fails alone and at once.

import { type Append, type ConversationSummary, currentSchemaVersion, type OpenWork } from '@turnlog/core';
import { type Blob, splitData } from './blob-strings.ts';

export interface EventRow {
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
  readonly blobs: string | null;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly causation: string | null;
  readonly correlation: string | null;
  readonly recordedAt: string;
}

export interface HeadRow {
  readonly version: number;
  readonly phase: string;
  readonly model: string;
  readonly title: string;
  /** A JSON list. */
  readonly tags: string;
  readonly rating: number | null;
  readonly forkedFrom: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly summary: string;
}

export interface EncodedAppend {
  readonly conversationId: string;
  readonly commandId: string;
  readonly buildsOn: NonNullable<Append['buildsOn']> | null;
  readonly expectedVersion: number;
  /** The version it leads to. */
  readonly version: number;
  readonly isCreation: boolean;
  readonly parent: string | null;
  readonly events: readonly EventRow[];
  readonly head: HeadRow;
  readonly blobs: readonly Blob[];
  readonly put: readonly OpenWork[];
  readonly drop: readonly number[];
  readonly bytes: number;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => uuid.test(text);

/** What a text column takes: no U+0000, no lone surrogate. For columns that are searched, never for what is given back. */
export const asSearchText = (text: string): string => Buffer.from(text).toString().replaceAll('\0', '\uFFFD');

export const encodeHead = (summary: ConversationSummary): HeadRow => ({
  version: summary.version,
  phase: summary.phase,
  model: asSearchText(summary.model),
  title: asSearchText(summary.title),
  tags: JSON.stringify(summary.tags.map(asSearchText)),
  rating: summary.rating ?? null,
  forkedFrom: summary.forkedFrom?.conversationId ?? null,
  createdAt: summary.createdAt,
  updatedAt: summary.updatedAt,
  summary: JSON.stringify(summary),
});

export const encodeAppend = (append: Append): EncodedAppend => {
  const { conversationId, commandId, expectedVersion, fork } = append;
  checkAppend(append);
  const split = append.events.map((event) => splitData(event.data));
  const events = append.events.map((event, index): EventRow => {
    const part = split[index];
    return {
      version: expectedVersion + index + 1,
      type: event.type,
      schemaVersion: currentSchemaVersion,
      data: part?.text ?? 'null',
      blobs: part === undefined || part.references.length === 0 ? null : JSON.stringify(part.references),
      commandId: index === 0 ? commandId : null,
      fingerprint: index === 0 ? (append.fingerprint ?? null) : null,
      causation: append.causation ?? null,
      correlation: append.correlation ?? null,
      recordedAt: append.recordedAt,
    };
  });
  const blobs = split.flatMap((part) => part.blobs);
  return {
    conversationId: conversationId.toLowerCase(),
    commandId,
    buildsOn: append.buildsOn ?? null,
    expectedVersion,
    version: expectedVersion + events.length,
    isCreation: expectedVersion === 0 || fork !== undefined,
    parent: fork?.parent.toLowerCase() ?? null,
    events,
    head: encodeHead(append.summary),
    blobs,
    put: append.work.put,
    drop: append.work.drop,
    bytes: [...split.map((part) => part.text), ...blobs.map((blob) => blob.content)].reduce((sum, text) => sum + text.length, 0),
  };
};

/** Mistakes of ours, said before Postgres would. */
const checkAppend = ({ conversationId, events, expectedVersion, fork, summary }: Append): void => {
  if (!isUuid(conversationId)) throw new TypeError(`A conversation's id is a UUID, not ${JSON.stringify(conversationId)}.`);
  if (events.length === 0) throw new TypeError(`An append to ${conversationId} holds no event.`);
  if (fork !== undefined && (fork.at !== expectedVersion || !isUuid(fork.parent))) {
    throw new TypeError(
      `The fork ${conversationId} expects version ${expectedVersion}, its parent ${fork.parent} is cut at ${fork.at}.`,
    );
  }
  if (summary.version !== expectedVersion + events.length) {
    throw new TypeError(`The summary of ${conversationId} is of version ${summary.version}, the append leads to another.`);
  }
};
