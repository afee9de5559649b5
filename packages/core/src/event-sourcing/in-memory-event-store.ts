// The log in memory: for tests, the simulation, and replays that write nothing. It passes the same contract as Postgres.

import { currentSchemaVersion } from '../conversation/events.ts';
import type { OpenWork } from '../conversation/open-work.ts';
import type { ConversationSummary } from '../projections/summary.ts';
import type { Append, AppendResult, EventStore, LogCursor, LogEntry } from './event-store.ts';
import type { Recorded } from './recorded-event.ts';

export interface StoredHead {
  readonly id: string;
  readonly summary: ConversationSummary;
  readonly work: ReadonlyMap<number, OpenWork>;
}

export interface InMemoryEventStore extends EventStore {
  /** Every conversation as its last append left it, in the order of creation. */
  heads(): readonly StoredHead[];
}

interface Stream {
  readonly id: string;
  readonly parent: { readonly stream: Stream; readonly at: number } | undefined;
  /** JSON text, so that nobody can change what was recorded and every reader folds the stored form. */
  readonly events: string[];
  readonly commands: Map<string, { readonly version: number; readonly fingerprint?: string }>;
  readonly work: Map<number, OpenWork>;
  summary: ConversationSummary;
}

export const createInMemoryEventStore = (): InMemoryEventStore => {
  const streams = new Map<string, Stream>();
  const log: { readonly conversationId: string; readonly text: string }[] = [];

  const open = (append: Append): Stream | undefined => {
    const { conversationId: id, fork, summary, expectedVersion } = append;
    if (expectedVersion > 0 && fork === undefined) return undefined;
    const parent = fork && streams.get(fork.parent);
    if (fork && (parent === undefined || versionOf(parent) < fork.at || fork.at !== expectedVersion)) {
      throw new RangeError(`${id} cannot fork ${fork.parent} at version ${fork.at}.`);
    }
    const stream: Stream = {
      id,
      parent: fork && parent && { stream: parent, at: fork.at },
      events: [],
      commands: new Map(),
      work: new Map(),
      summary,
    };
    return stream;
  };

  const write = (stream: Stream, append: Append): AppendResult => {
    const texts = recordedEvents(append).map((event) => JSON.stringify(event));
    streams.set(stream.id, stream);
    stream.events.push(...texts);
    for (const text of texts) log.push({ conversationId: stream.id, text });
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
      return log.slice(from, from + limit).map(({ conversationId, text }, index): LogEntry => {
        return { conversationId, event: parse(text), cursor: cursorAt(from + index + 1) };
      });
    },
    heads: () => [...streams.values()].map(({ id, summary, work }) => ({ id, summary, work: new Map(work) })),
  };
};

/** Whether the append that another one was decided on is the one that was stored. */
const stands = ({ version, commandId, recordedAt }: NonNullable<Append['buildsOn']>, stream: Stream | undefined): boolean => {
  const text = stream && stream.commands.get(commandId)?.version === version ? textsOf(stream)[version - 1] : undefined;
  return text !== undefined && parse(text).recordedAt === recordedAt;
};

const versionOf = (stream: Stream): number => (stream.parent?.at ?? 0) + stream.events.length;

const textsOf = ({ parent, events }: Stream): readonly string[] =>
  parent === undefined ? events : [...textsOf(parent.stream).slice(0, parent.at), ...events];

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
