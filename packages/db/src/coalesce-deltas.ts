// Token deltas of one attempt on their way to other processes: joined while they wait, cut where they are too long.

import type { Delta } from '@turnlog/core';

/** Leaves room in a payload for its frame. */
const MAX_DELTA_BYTES = 7_000;

/** Of 6 bytes each at most: a lone surrogate or a control character as JSON writes it. */
const PIECE_LENGTH = 1_100;

type ToolCallDelta = NonNullable<Delta['toolCall']>;

const bytesOf = (delta: Delta): number => Buffer.byteLength(JSON.stringify(delta));

const pieces = (text: string | undefined): string[] => {
  const cut: string[] = [];
  for (let at = 0; text !== undefined && at < text.length; at += PIECE_LENGTH) cut.push(text.slice(at, at + PIECE_LENGTH));
  return cut;
};

/** The pieces of one delta keep its `seq` and their order. */
export const cutDelta = (delta: Delta): readonly Delta[] => {
  if (bytesOf(delta) <= MAX_DELTA_BYTES) return [delta];
  const { reasoning, content, toolCall, progress, ...place } = delta;
  return [
    ...pieces(reasoning).map((piece) => ({ ...place, reasoning: piece })),
    ...pieces(content).map((piece) => ({ ...place, content: piece })),
    ...(progress ? [{ ...place, progress: { ...progress, message: progress.message?.slice(0, PIECE_LENGTH) ?? '' } }] : []),
    ...(toolCall ? cutToolCall(toolCall).map((piece) => ({ ...place, toolCall: piece })) : []),
  ];
};

/** The name goes with the first piece. */
const cutToolCall = ({ index, name, arguments: text = '' }: ToolCallDelta): ToolCallDelta[] =>
  pieces(text).map((piece, at) => ({ index, ...(at === 0 && name !== undefined && { name }), arguments: piece }));

const isOneCall = (a: Delta['toolCall'], b: Delta['toolCall']): boolean =>
  a === undefined ? b === undefined : b !== undefined && a.index === b.index && b.name === undefined;

/** Both as one with the later `seq`, or undefined where that would change their order or be too long. */
export const joinDeltas = (a: Delta, b: Delta): Delta | undefined => {
  if (!isOneCall(a.toolCall, b.toolCall) || bytesOf(a) + bytesOf(b) > MAX_DELTA_BYTES) return undefined;
  const join = (x?: string, y?: string): string | undefined => (x === undefined ? y : x + (y ?? ''));
  const content = join(a.content, b.content);
  const reasoning = join(a.reasoning, b.reasoning);
  const progress = b.progress ?? a.progress;
  const args = join(a.toolCall?.arguments, b.toolCall?.arguments);
  return {
    step: b.step,
    attempt: b.attempt,
    seq: b.seq,
    ...(content !== undefined && { content }),
    ...(reasoning !== undefined && { reasoning }),
    ...(progress && { progress }),
    ...(a.toolCall && { toolCall: { ...a.toolCall, ...(args !== undefined && { arguments: args }) } }),
  };
};

/** Deltas that wait, by conversation, step and attempt. */
export const createDeltaBuffer = () => {
  let waiting = new Map<string, { readonly conversationId: string; readonly deltas: Delta[] }>();
  return {
    add: (conversationId: string, delta: Delta): void => {
      const key = `${conversationId} ${delta.step} ${delta.attempt}`;
      const deltas = waiting.get(key)?.deltas ?? [];
      for (const piece of cutDelta(delta)) {
        const last = deltas.at(-1);
        const joined = last && joinDeltas(last, piece);
        if (joined) deltas[deltas.length - 1] = joined;
        else deltas.push(piece);
      }
      waiting.set(key, { conversationId, deltas });
    },
    takeAll: (): [conversationId: string, delta: Delta][] => {
      const taken = waiting;
      waiting = new Map();
      return [...taken.values()].flatMap(({ conversationId, deltas }) =>
        deltas.map((delta): [string, Delta] => [conversationId, delta]),
      );
    },
  };
};
