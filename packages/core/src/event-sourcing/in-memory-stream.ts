// One conversation of the log in memory: events of its own, behind what it reads of others.

import type { OpenWork } from '../conversation/open-work.ts';
import type { ConversationSummary } from '../projections/summary.ts';
import type { Recorded } from './recorded-event.ts';

interface Segment {
  readonly source: InMemoryStream;
  readonly from: number;
  readonly to: number;
}

export interface InMemoryStream {
  readonly id: string;
  /** Whose events versions 1..N of a fork are; flattened, so that reading never follows a chain of parents. */
  segments: readonly Segment[];
  /** JSON text, so that nobody can change what was recorded and every reader folds the stored form. */
  readonly own: string[];
  readonly commands: Map<string, { readonly version: number; readonly fingerprint?: string }>;
  readonly work: Map<number, OpenWork>;
  summary: ConversationSummary;
}

export const createInMemoryStream = (id: string, segments: readonly Segment[], summary: ConversationSummary): InMemoryStream => ({
  id,
  segments,
  own: [],
  commands: new Map(),
  work: new Map(),
  summary,
});

/** How many versions are inherited. */
const inherited = ({ segments }: InMemoryStream): number => segments.at(-1)?.to ?? 0;

export const versionOf = (stream: InMemoryStream): number => inherited(stream) + stream.own.length;

/** The text of an event of its own. */
export const textAt = (stream: InMemoryStream, version: number): string => stream.own[version - inherited(stream) - 1] ?? '';

export const textsOf = (stream: InMemoryStream): readonly string[] => [...inheritedTexts(stream), ...stream.own];

const inheritedTexts = ({ segments }: InMemoryStream): readonly string[] =>
  segments.flatMap(({ source, from, to }) => source.own.slice(from - inherited(source) - 1, Math.max(0, to - inherited(source))));

/** What a fork of this conversation at a version reads. */
export const segmentsUpTo = (stream: InMemoryStream, at: number): readonly Segment[] =>
  [...stream.segments, { source: stream, from: inherited(stream) + 1, to: at }]
    .filter(({ from }) => from <= at)
    .map((segment) => ({ ...segment, to: Math.min(segment.to, at) }));

export const readersAmong = (streams: Iterable<InMemoryStream>, id: string): readonly InMemoryStream[] =>
  [...streams].filter(({ segments }) => segments.some(({ source }) => source.id === id));

/** Readers that are not erased get their whole prefix as their own; `copied` names the entries that are new in the log. */
export const eraseStream = (stream: InMemoryStream, readers: readonly InMemoryStream[]) => {
  const detached = readers.filter(({ summary }) => summary.phase !== 'closed');
  const copied = [...detached, stream].flatMap(detach);
  for (const [index, text] of stream.own.entries()) stream.own[index] = blank(text);
  for (const [id, { version }] of stream.commands) stream.commands.set(id, { version });
  return { detached, copied };
};

/** Whether erasing it would change nothing. */
export const isBlank = ({ segments, own }: InMemoryStream): boolean =>
  segments.length === 0 && own.every((text) => text === blank(text));

const detach = (stream: InMemoryStream): readonly { readonly stream: InMemoryStream; readonly version: number }[] => {
  const texts = inheritedTexts(stream).map(withoutCommand);
  stream.segments = [];
  stream.own.unshift(...texts);
  return texts.map((_, index) => ({ stream, version: index + 1 }));
};

/** A command belongs to the conversation that it was sent to: the same key may stand in both. */
const withoutCommand = (text: string): string => {
  const { commandId: _, ...event }: Recorded = JSON.parse(text);
  return JSON.stringify(event);
};

const blank = (text: string): string => {
  const event: Recorded = JSON.parse(text);
  if (event.type === 'ConversationErased') return text;
  if (event.type !== 'ConversationForked')
    return JSON.stringify({ ...event, type: 'ConversationErased', data: {}, schemaVersion: 1 });
  const { parent, supersede } = event.data;
  return JSON.stringify({ ...event, data: { parent, supersede } });
};
