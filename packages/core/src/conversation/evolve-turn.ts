// How the open turn and its steps change. A round is either one model step, or all tool steps of one model answer;
// when its last step settles, its answers enter the transcript in the order of the calls.

import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { costOf } from './cost.ts';
import type { ToolStep } from './events.ts';
import type { Usage } from './messages.ts';
import { afterRound, beginModelRound, withAnswers } from './round.ts';
import { type ConversationState, findTool, type OpenTurn, type Step } from './state.ts';
import { elapsedMs } from './time.ts';
import { append, type ToolAnswer } from './transcript.ts';

type Of<T extends Recorded['type']> = Extract<Recorded, { type: T }>;
/** Any event that names a step. */
interface AtStep {
  readonly data: { readonly step: number };
  readonly version: number;
  readonly recordedAt: string;
}

const replace = (steps: readonly Step[], step: number, changed: (step: Step) => Step): readonly Step[] =>
  steps.map((candidate) => (candidate.step === step ? changed(candidate) : candidate));

/** Wall time runs only while an attempt is open, however many are. */
const withSteps = (turn: OpenTurn, steps: readonly Step[], at: string): OpenTurn => {
  const { activeSince, ...rest } = turn;
  const isActive = steps.some((step) => step.phase === 'started');
  if (isActive) return { ...rest, steps, activeSince: activeSince ?? at };
  return { ...rest, steps, activeMs: rest.activeMs + (activeSince === undefined ? 0 : elapsedMs(activeSince, at)) };
};

export const changeStep = (
  state: ConversationState,
  event: AtStep,
  changed: (step: Step) => Partial<Step>,
): ConversationState => {
  if (state.turn === undefined) return state;
  const steps = replace(state.turn.steps, event.data.step, (step) => ({ ...step, ...changed(step) }));
  return { ...state, turn: withSteps(state.turn, steps, event.recordedAt) };
};

/** A step that no worker holds any longer. */
export const endAttempt = (state: ConversationState, event: AtStep, changed: Partial<Step>): ConversationState =>
  changeStep(state, event, () => changed);

export const openStep = (
  state: ConversationState,
  { data, recordedAt }: AtStep,
  opened: Partial<Pick<Step, 'call' | 'phase' | 'digest'>>,
): ConversationState => {
  if (state.turn === undefined) return state;
  const { call, ...rest } = opened;
  const { turn, transcript } =
    call === undefined ? beginModelRound(state.turn, state.transcript) : { turn: state.turn, transcript: state.transcript };
  const step: Step = {
    step: data.step,
    ...(call && { call: toolStepOf(call) }),
    phase: 'due',
    attempt: 1,
    dueAt: recordedAt,
    since: recordedAt,
    losses: 0,
    ...rest,
  };
  return {
    ...state,
    steps: data.step,
    transcript,
    turn: { ...turn, steps: [...turn.steps, step], proposed: turn.proposed.slice(call ? 1 : 0), stepsUsed: turn.stepsUsed + 1 },
  };
};

/** A yes counts for the tool as it is now. */
export const approvedAs = (state: ConversationState, { call }: Step): Pick<Step, 'approvedTool'> => {
  const tool = call && findTool(state, call.name);
  return tool === undefined ? {} : { approvedTool: tool.digest };
};

/** The history shows the call that is executed; what the model wrote stays in its `ModelResponded`. */
export const editCall = (state: ConversationState, event: Of<'ToolCallEdited'>): ConversationState => {
  const { step, arguments: edited } = event.data;
  const call = state.turn?.steps.find((candidate) => candidate.step === step)?.call;
  const asked = state.transcript;
  const due = changeStep(state, event, (found) => ({
    ...approvedAs(state, found),
    phase: 'due',
    dueAt: event.recordedAt,
    since: event.recordedAt,
    ...(call && { call: { ...call, arguments: edited } }),
  }));
  if (asked?.entry.kind !== 'assistant') return due;
  const toolCalls = asked.entry.message.toolCalls.map((one) => (one.id === call?.callId ? { ...one, arguments: edited } : one));
  return { ...due, transcript: append(asked.before, { ...asked.entry, message: { ...asked.entry.message, toolCalls } }) };
};

export const startAttempt = (state: ConversationState, event: Of<'AttemptStarted'>): ConversationState =>
  changeStep(state, event, () => ({
    phase: 'started',
    attempt: event.data.attempt,
    claim: event.data.claim,
    worker: event.data.worker,
    since: event.recordedAt,
    elicited: undefined,
  }));

export const failAttempt = (state: ConversationState, event: Of<'AttemptFailed'>): ConversationState => {
  const { failure, retryAt, sent } = event.data;
  const lost = failure.kind === 'lost' ? 1 : 0;
  if (retryAt !== null)
    return changeStep(state, event, ({ attempt, losses }) => ({
      phase: 'due',
      attempt: attempt + 1,
      losses: losses + lost,
      dueAt: retryAt,
      since: event.recordedAt,
      failure,
      ...(sent && { mayHaveHappened: sent }),
      ...(failure.kind === 'session_lost' && { task: undefined }),
    }));
  const step = state.turn?.steps.find((candidate) => candidate.step === event.data.step);
  if (step?.call !== undefined)
    return answerStep(state, event, step.mayHaveHappened ? { type: 'unknown' } : { type: 'failed', failure });
  return endAttempt(state, event, { phase: 'settled', failure });
};

/** Settles a tool step; the last one of its round takes the round's answers into the transcript. */
export const answerStep = (state: ConversationState, event: AtStep, value: ToolAnswer): ConversationState => {
  const answered = changeStep(state, event, () => ({ phase: 'settled', answer: { version: event.version, value } }));
  const { turn } = answered;
  if (turn === undefined) return answered;
  const isRoundOver = turn.proposed.length === 0 && turn.steps.every((step) => step.phase === 'settled');
  return isRoundOver ? { ...answered, transcript: withAnswers(answered.transcript, turn), turn: afterRound(turn) } : answered;
};

export const modelResponded = (state: ConversationState, event: Of<'ModelResponded'>): ConversationState => {
  const ended = endAttempt(state, event, { phase: 'settled' });
  const { turn } = ended;
  if (turn === undefined) return ended;
  const { message, step, usage, estimatedUsage } = event.data;
  const cost = costOf(usage ?? estimatedUsage, state.model?.price);
  const estimated = tokensOf(estimatedUsage);
  return {
    ...ended,
    transcript: append(ended.transcript, { kind: 'assistant', version: event.version, turn: turn.turn, step, message }),
    usage: addUsage(ended.usage, usage),
    ...(estimated > 0 && { estimatedTokens: (ended.estimatedTokens ?? 0) + estimated }),
    cost: ended.cost + cost,
    turn: {
      ...turn,
      steps: [],
      proposed: message.toolCalls,
      answer: message.toolCalls.length > 0 ? 'calls' : 'final',
      tokensUsed: turn.tokensUsed + tokensOf(usage ?? estimatedUsage),
      costUsed: turn.costUsed + cost,
    },
  };
};

const tokensOf = (usage: Usage | undefined): number => (usage === undefined ? 0 : usage.promptTokens + usage.completionTokens);

const addUsage = (total: Usage, usage: Usage | undefined): Usage => {
  if (usage === undefined) return total;
  const sum = (a: number | undefined, b: number | undefined) =>
    a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
  const reasoningTokens = sum(total.reasoningTokens, usage.reasoningTokens);
  const cachedTokens = sum(total.cachedTokens, usage.cachedTokens);
  return {
    promptTokens: total.promptTokens + usage.promptTokens,
    completionTokens: total.completionTokens + usage.completionTokens,
    ...(reasoningTokens !== undefined && { reasoningTokens }),
    ...(cachedTokens !== undefined && { cachedTokens }),
  };
};

/** A `StepScheduled` holds its kind beside the call; a step holds the call alone. */
const toolStepOf = ({ callId, name, server, tool, arguments: raw }: ToolStep): ToolStep => ({
  callId,
  name,
  server,
  tool,
  arguments: raw,
});
