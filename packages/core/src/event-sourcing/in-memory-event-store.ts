// The log in memory: for tests, the simulation, and replays that write nothing. It passes the same contract as Postgres.

import { currentSchemaVersion } from '../conversation/events.ts';
import type { OpenWork } from '../conversation/open-work.ts';
import type { Erasure } from '../ports/erasure.ts';
import type { ConversationSummary } from '../projections/summary.ts';
import type { Append, AppendResult, EventStore, LogCursor, LogEntry } from './event-store.ts';
import {
  createInMemoryStream,
  eraseStream,
  type InMemoryStream,
  isBlank,
  readersAmong,
  segmentsUpTo,
  textAt,
  textsOf,
  versionOf,
} from './in-memory-stream.ts';
import type { Recorded } from './recorded-event.ts';

export interface StoredHead {
  readonly id: string;
  readonly summary: ConversationSummary;
  readonly work: ReadonlyMap<number, OpenWork>;
}

export interface InMemoryEventStore extends EventStore, Erasure {
  /** Every conversation as its last append left it, in the order of creation. */
  heads(): readonly StoredHead[];
}

export const createInMemoryEventStore = (): InMemoryEventStore => {
  const streams = new Map<string, InMemoryStream>();
  /** When somebody last took on an erasure that was not finished. */
  const taken = new Map<string, string>();
  const log: { readonly stream: InMemoryStream; readonly version: number }[] = [];

  const open = ({ conversationId: id, fork, summary, expectedVersion }: Append): InMemoryStream | undefined => {
    if (fork === undefined) return expectedVersion > 0 ? undefined : createInMemoryStream(id, [], summary);
    const parent = streams.get(fork.parent);
    const isPossible = parent !== undefined && versionOf(parent) >= fork.at && fork.at === expectedVersion;
    if (!isPossible || parent.summary.phase === 'closed')
      throw new RangeError(`${id} cannot fork ${fork.parent} at version ${fork.at}.`);
    return createInMemoryStream(id, segmentsUpTo(parent, fork.at), summary);
  };

  const write = (stream: InMemoryStream, append: Append): AppendResult => {
    const events = recordedEvents(append);
    streams.set(stream.id, stream);
    for (const event of events) {
      stream.own.push(JSON.stringify(event));
      log.push({ stream, version: event.version });
    }
    const place = { version: append.expectedVersion + 1 };
    stream.commands.set(
      append.commandId,
      append.fingerprint === undefined ? place : { ...place, fingerprint: append.fingerprint },
    );
    for (const step of append.work.drop) stream.work.delete(step);
    for (const work of append.work.put) stream.work.set(work.step, work);
    stream.summary = append.summary;
    return { type: 'appended', version: versionOf(stream) };
  };

  return {
    append: async (append) => {
      if (append.events.length === 0) throw new TypeError(`An append to ${append.conversationId} holds no event.`);
      const found = streams.get(append.conversationId);
      const stored = found?.commands.get(append.commandId);
      if (stored) return { type: 'duplicate', ...stored };
      const isCreation = append.expectedVersion === 0 || append.fork !== undefined;
      const actual = found === undefined ? 0 : versionOf(found);
      if (actual !== (isCreation ? 0 : append.expectedVersion)) return { type: 'conflict', actual };
      if (append.buildsOn !== undefined && !stands(append.buildsOn, found)) return { type: 'conflict', actual };
      const stream = found ?? open(append);
      return stream === undefined ? { type: 'conflict', actual } : write(stream, append);
    },
    read: async (conversationId, { after = 0, upTo = Number.POSITIVE_INFINITY } = {}) => {
      const stream = streams.get(conversationId);
      return stream === undefined ? [] : textsOf(stream).slice(after, Math.max(after, upTo)).map(parse);
    },
    findCommand: async (conversationId, commandId) => streams.get(conversationId)?.commands.get(commandId),
    readAll: async (cursor, limit) => {
      const from = cursor === undefined ? 0 : Number(cursor.position);
      return log.slice(from, from + limit).map(({ stream, version }, index): LogEntry => {
        return { conversationId: stream.id, event: parse(textAt(stream, version)), cursor: cursorAt(from + index + 1) };
      });
    },
    readersOf: async (conversationId) =>
      readersAmong(streams.values(), conversationId).map(({ id, summary }) => ({ id, isErased: summary.phase === 'closed' })),
    erase: async (conversationId) => {
      const stream = streams.get(conversationId);
      if (stream?.summary.phase !== 'closed') throw new Error(`Conversation ${conversationId} has no tombstone.`);
      const { detached, copied } = eraseStream(stream, readersAmong(streams.values(), conversationId));
      log.push(...copied);
      return { detached: detached.map(({ id }) => id) };
    },
    takeUnfinished: async ({ toldBefore, now, limit }) =>
      [...streams.values()]
        .filter((stream) => stream.summary.phase === 'closed' && stream.summary.updatedAt < toldBefore && !isBlank(stream))
        .filter(({ id }) => (taken.get(id) ?? '') < toldBefore)
        .sort((a, b) => (a.summary.updatedAt < b.summary.updatedAt ? -1 : 1))
        .slice(0, limit)
        .map((stream) => {
          taken.set(stream.id, now);
          return { id: stream.id, forks: forksOf(parse(textAt(stream, versionOf(stream)))) };
        }),
    heads: () => [...streams.values()].map(({ id, summary, work }) => ({ id, summary, work: new Map(work) })),
  };
};

/** What the tombstone says of them. */
const forksOf = (event: Recorded): 'detach' | 'erase' => (event.type === 'ConversationErased' && event.data.forks) || 'detach';

/** Whether the append that another one was decided on is the one that was stored. */
const stands = (
  { version, commandId, recordedAt }: NonNullable<Append['buildsOn']>,
  stream: InMemoryStream | undefined,
): boolean => {
  const text = stream && stream.commands.get(commandId)?.version === version ? textAt(stream, version) || undefined : undefined;
  return text !== undefined && parse(text).recordedAt === recordedAt;
};

const parse = (text: string): Recorded => JSON.parse(text);

/** Appends are one after the other here: the position alone is the order. */
const cursorAt = (position: number): LogCursor => ({ transactionId: '0', position: String(position) });

const recordedEvents = ({ events, expectedVersion, recordedAt, commandId, causation, correlation }: Append): Recorded[] =>
  events.map(({ type, data }, index) => {
    const event = {
      type,
      data,
      version: expectedVersion + index + 1,
      recordedAt,
      schemaVersion: currentSchemaVersion,
      ...(index === 0 && { commandId }),
      ...(causation !== undefined && { causation }),
      ...(correlation !== undefined && { correlation }),
    };
    return event as Recorded;
  });
