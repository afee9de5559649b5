// How a turn ends: what is open gets an answer, and what was said meanwhile is not lost.

import type { Failure } from './failure.ts';
import { untoldAgain } from './mcp-sessions.ts';
import { withAnswers, withSteered } from './round.ts';
import { activeMsOf, type ConversationState, type OpenTurn, type Step } from './state.ts';

export interface TurnEnd {
  readonly end: 'completed' | 'failed' | 'cancelled' | 'rolled_back';
  readonly at: { readonly version: number; readonly recordedAt: string };
  readonly cause?: 'requested' | 'interrupted' | 'forked';
  readonly failure?: Failure;
}

/** Closes the open turn. Calls without an answer get one that tells the true cause, so the history stays valid. */
export const closeTurn = (state: ConversationState, { end, at, cause, failure }: TurnEnd): ConversationState => {
  const { turn } = state;
  if (turn === undefined) return state;
  const answered = withAnswers(state.transcript, cancelOpenCalls(state, turn, at.version, cause ?? 'failed'));
  return {
    ...state,
    transcript: { completed: answered, failed: answered, cancelled: withSteered(answered, turn), rolled_back: turn.base }[end],
    mcpSessions: end === 'rolled_back' ? untoldAgain(state.mcpSessions, answered, turn.base) : state.mcpSessions,
    activeMs: state.activeMs + activeMsOf(turn, at.recordedAt),
    turn: undefined,
    lastTurn: { turn: turn.turn, end, ...(failure && { failure }) },
    // Words that no model call has heard open the next turn. Whoever stopped this one did not ask for an answer to them:
    // they stay in the history, beside the input that they belong to, and leave it with that one.
    queued:
      end === 'completed' || end === 'failed' ? [...turn.steered.map(({ content }) => content), ...state.queued] : state.queued,
  };
};

const underWay: ReadonlySet<Step['phase']> = new Set(['started', 'unknown', 'elicitation']);

/** Whether it was sent, and no answer is known. A cassette sends nothing. */
const mayHaveHappened = ({ replay }: ConversationState, { phase, input, mayHaveHappened: before }: Step): boolean =>
  replay?.mode !== 'cassette' && (underWay.has(phase) || input !== undefined || before === true);

const cancelOpenCalls = (
  state: ConversationState,
  turn: OpenTurn,
  version: number,
  cause: 'requested' | 'interrupted' | 'failed' | 'forked',
): OpenTurn => {
  const settled = turn.steps.map((step): Step => {
    if (step.answer !== undefined) return step;
    const started = mayHaveHappened(state, step);
    return { ...step, answer: { version, value: { type: 'cancelled', cause, started } } };
  });
  const never = turn.proposed.map(
    (call): Step => ({
      step: 0,
      call: { callId: call.id, name: call.name, server: '', tool: '', arguments: call.arguments },
      phase: 'settled',
      attempt: 1,
      dueAt: '',
      since: '',
      losses: 0,
      answer: { version, value: { type: 'cancelled', cause, started: false } },
    }),
  );
  return { ...turn, steps: [...settled, ...never] };
};
