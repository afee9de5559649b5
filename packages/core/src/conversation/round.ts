// The rounds of a turn. One begins with what was said meanwhile, and ends with its answers in the order of the calls:
// whatever order they came in, the same round leaves the same state.

import { fingerprint } from './fingerprint.ts';
import { noRepeat, type OpenTurn, type Step } from './state.ts';
import { append, type Transcript } from './transcript.ts';

/** What was said meanwhile is heard before the next model call. */
export const beginModelRound = (
  turn: OpenTurn,
  transcript: Transcript | undefined,
): { readonly turn: OpenTurn; readonly transcript: Transcript | undefined } => ({
  turn: { ...turn, steps: [], steered: [] },
  transcript: withSteered(transcript, turn),
});

export const withSteered = (transcript: Transcript | undefined, { turn, steered }: OpenTurn): Transcript | undefined =>
  steered.reduce<Transcript | undefined>(
    (chain, { version, content }) => append(chain, { kind: 'user', version, turn, content }),
    transcript,
  );

export const withAnswers = (transcript: Transcript | undefined, turn: OpenTurn): Transcript | undefined =>
  turn.steps.reduce<Transcript | undefined>((chain, { step, call, answer }) => {
    if (call === undefined || answer === undefined) return chain;
    const { callId, name } = call;
    return append(chain, { kind: 'tool', version: answer.version, turn: turn.turn, step, callId, name, answer: answer.value });
  }, transcript);

/** The turn once every call of its round has an answer. */
export const afterRound = (turn: OpenTurn): OpenTurn => ({
  ...turn,
  steps: [],
  refusals: turn.steps.every(isBadlyWritten) ? turn.refusals + 1 : 0,
  repeated: repeatedAfter(turn),
});

/** What a policy refuses was written well: it says nothing of the model. */
const isBadlyWritten = ({ answer }: Step): boolean => answer?.value.type === 'refused' && answer.value.reason !== 'policy';

/** A round of the same call many times is that call, many times; any other round is compared whole, in call order. */
const repeatedAfter = ({ steps, repeated }: OpenTurn): OpenTurn['repeated'] => {
  const calls = steps.map(fingerprintOf);
  if (calls.includes(undefined)) return noRepeat;
  const isOneCall = new Set(calls).size === 1;
  const round = isOneCall ? String(calls[0]) : calls.join();
  const times = isOneCall ? calls.length : 1;
  return { fingerprint: round, times: round === repeated.fingerprint ? repeated.times + times : times };
};

/** Of a call with its result; undefined where it has none. */
const fingerprintOf = ({ call, answer }: Step): number | undefined =>
  call !== undefined && answer?.value.type === 'returned'
    ? fingerprint(JSON.stringify([call.name, call.arguments, answer.value.result]))
    : undefined;
