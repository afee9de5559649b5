// The hashes of a conversation's requests, one after the other: each is the sha256 of the whole text, yet a message that the
// request before it held in the same words is neither rendered nor hashed again. Long conversations would else be quadratic.

import { rendererVersion, requestFrame } from '../conversation/model-request.ts';
import type { LeftToSay } from '../conversation/renderer.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { Entry } from '../conversation/transcript.ts';
import { createTranscriptFold } from './transcript-fold.ts';

/** A hash that is given its text in pieces: what `createHash` of `node:crypto` makes. */
export interface RunningHash {
  update(text: string): unknown;
  /** Goes on apart from this one. */
  copy(): RunningHash;
  digest(encoding: 'hex'): string;
}

/** For a hash that takes a whole text only. */
export const gatheringHash = (hash: (text: string) => string, gathered = ''): RunningHash => {
  let text = gathered;
  return {
    update: (piece) => {
      text += piece;
    },
    copy: () => gatheringHash(hash, text),
    digest: () => hash(text),
  };
};

interface Hashed {
  /** Of the text up to the last message. */
  readonly hash: RunningHash;
  readonly messages: number;
  readonly left: LeftToSay;
  /** The turn in which it was rendered, and the newest one that it holds words of. */
  readonly openTurn: number;
  readonly newestTurn: number;
}

/** The hash of the request of an open model step; undefined where there is none. Asked state after state, it costs what is new. */
export const createRequestHashes = (
  begin: () => RunningHash,
): ((state: ConversationState, renderer?: number) => string | undefined) => {
  let rendering = '';
  let fold = createTranscriptFold<Hashed>();
  return (state, renderer = rendererVersion) => {
    const frame = requestFrame(state, renderer);
    if (frame === undefined || state.turn === undefined) return undefined;
    const asNow = JSON.stringify([renderer, frame.before, state.truncate, state.model?.profile]);
    if (asNow !== rendering) fold = createTranscriptFold<Hashed>();
    rendering = asNow;
    const { turn: openTurn, base } = state.turn;
    const step = (hashed: Hashed, entry: Entry): Hashed => {
      const hash = hashed.hash.copy();
      const { messages: said, left } = frame.say(entry, hashed.left);
      const messages = addTo(hash, said, hashed.messages);
      return { hash, messages, left, openTurn, newestTurn: Math.max(hashed.newestTurn, turnOf(entry)) };
    };
    const begun = begin();
    begun.update(frame.before);
    const from = { hash: begun, messages: 0, left: [], openTurn, newestTurn: 0 };
    const { hash, messages, left } = fold(state.transcript, base, { from, step, holds: isSameIn(state, openTurn) });
    const whole = hash.copy();
    addTo(whole, frame.rest(left), messages);
    whole.update(frame.after);
    return whole.digest('hex');
  };
};

/** Gives how many messages the hash holds then. */
const addTo = (hash: RunningHash, said: readonly unknown[], before: number): number => {
  for (const [index, message] of said.entries()) hash.update(`${before + index === 0 ? '' : ','}${JSON.stringify(message)}`);
  return before + said.length;
};

const turnOf = (entry: Entry): number => (entry.kind === 'system' ? 0 : entry.turn);

/** A profile may send the reasoning of the open turn alone: then words of a turn read otherwise once another one is open. */
const isSameIn =
  ({ model }: ConversationState, openTurn: number) =>
  (hashed: Hashed): boolean =>
    model?.profile.sendReasoning === 'none' ||
    model?.profile.sendReasoningOf === 'all' ||
    hashed.openTurn === openTurn ||
    hashed.newestTurn < Math.min(hashed.openTurn, openTurn);
