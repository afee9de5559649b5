// State after one more event. Total: every event on every state gives a state, so every prefix of a log folds.

import { assertNever } from '../errors.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { closeTurn } from './close-turn.ts';
import { elicitationAnswered, elicitationRequested, inputRequired } from './elicitation.ts';
import { erased, forked } from './evolve-fork.ts';
import {
  answerStep,
  approvedAs,
  changeStep,
  editCall,
  endAttempt,
  failAttempt,
  modelResponded,
  openStep,
  startAttempt,
} from './evolve-turn.ts';
import type { Failure } from './failure.ts';
import { sessionLost, sessionOpened, toolReturned } from './mcp-sessions.ts';
import { type ConversationState, findStep, initialState, noRepeat } from './state.ts';
import { append } from './transcript.ts';

export const evolve = (state: ConversationState, event: Recorded): ConversationState => ({
  ...change(state, event),
  version: event.version,
  updatedAt: event.recordedAt,
});

export const fold = (events: Iterable<Recorded>, from: ConversationState = initialState): ConversationState => {
  let state = from;
  for (const event of events) state = evolve(state, event);
  return state;
};

const change = (state: ConversationState, event: Recorded): ConversationState => {
  const { version, recordedAt } = event;
  switch (event.type) {
    case 'ConversationStarted':
      return started(state, event);
    case 'ConversationForked':
      return forked(state, event);
    case 'ToolsListed':
      return { ...state, tools: { version, servers: event.data.servers, tools: event.data.tools } };
    case 'TurnStarted':
      return turnStarted(state, event);
    case 'TurnQueued':
      return { ...state, queued: [...state.queued, event.data.input] };
    case 'TurnSteered':
      return withTurn(state, (turn) => ({ ...turn, steered: [...turn.steered, { version, content: event.data.input }] }));
    case 'TurnCompleted':
      return closeTurn(state, { end: 'completed', at: event });
    case 'TurnFailed':
      return closeTurn(state, { end: 'failed', at: event, failure: event.data.failure });
    case 'TurnCancelled':
      return closeTurn(state, { end: 'cancelled', at: event, cause: event.data.cause });
    case 'TurnRolledBack':
      return closeTurn(state, { end: 'rolled_back', at: event });
    case 'TurnPaused':
      return withTurn(state, (turn) => ({ ...turn, paused: event.data.reason }));
    case 'ReplayStopped':
      return withTurn(state, (turn) => ({ ...turn, paused: 'notRecorded' }));
    case 'TurnResumed':
      return resumed(state, event.data.limits);
    case 'StepScheduled':
      return openStep(state, event, event.data.call.kind === 'tool' ? { call: event.data.call } : {});
    case 'ApprovalRequested':
      return approvalRequested(state, event);
    case 'ToolCallApproved':
      return changeStep(state, event, (step) => ({
        phase: 'due',
        dueAt: recordedAt,
        since: recordedAt,
        ...approvedAs(state, step),
      }));
    case 'ToolCallEdited':
      return editCall(state, event);
    case 'ToolCallRejected':
      return answerStep(state, event, {
        type: 'rejected',
        ...(event.data.reason !== undefined && { reason: event.data.reason }),
      });
    case 'ToolCallRefused':
      return refused(state, event);
    case 'AttemptStarted':
      return startAttempt(state, event);
    case 'ModelResponded':
      return modelResponded(state, event);
    case 'ToolReturned':
      return toolReturned(state, event);
    case 'AttemptFailed':
      return failAttempt(withoutRefused(state, event.data.failure), event);
    case 'ToolOutcomeUnknown':
      return outcomeUnknown(state, event);
    case 'ToolOutcomeDecided':
      return outcomeDecided(state, event);
    case 'McpSessionOpened':
      return sessionOpened(state, event);
    case 'McpSessionLost':
      return sessionLost(state, event);
    case 'FeedbackGiven':
      return {
        ...state,
        ...(event.data.turn === undefined &&
          event.data.step === undefined &&
          event.data.rating !== undefined && { rating: event.data.rating }),
        tags: [...new Set([...state.tags, ...(event.data.tags ?? [])])],
      };
    case 'ConversationErased':
      return erased(state, event);
    case 'ToolTaskStarted':
      return changeStep(state, event, () => ({ task: event.data.taskId }));
    case 'ToolInputRequired':
      return inputRequired(state, event);
    case 'ElicitationRequested':
      return elicitationRequested(state, event);
    case 'ElicitationAnswered':
      return elicitationAnswered(state, event);
    case 'ElicitationVoided':
      return changeStep(state, event, () => ({ phase: 'started', elicitation: undefined, since: recordedAt }));
    case 'OutcomeSuperseded':
      return state;
    default:
      return assertNever(event);
  }
};

type Of<T extends Recorded['type']> = Extract<Recorded, { type: T }>;

const withTurn = (
  state: ConversationState,
  changed: (turn: NonNullable<ConversationState['turn']>) => NonNullable<ConversationState['turn']>,
): ConversationState => (state.turn === undefined ? state : { ...state, turn: changed(state.turn) });

const started = (state: ConversationState, { data, version, recordedAt }: Of<'ConversationStarted'>): ConversationState => ({
  ...state,
  phase: 'open',
  model: data.model,
  servers: data.servers,
  approval: data.approval,
  limits: data.limits,
  truncate: data.truncate,
  metadata: data.metadata,
  tags: data.tags,
  transcript:
    data.systemPrompt === undefined ? undefined : append(undefined, { kind: 'system', version, content: data.systemPrompt }),
  createdAt: recordedAt,
});

const turnStarted = (state: ConversationState, { data, version }: Of<'TurnStarted'>): ConversationState => ({
  ...state,
  turns: data.turn,
  title: state.title || titleOf(data.input),
  queued: data.fromQueue ? state.queued.slice(1) : state.queued,
  turn: {
    turn: data.turn,
    base: state.transcript,
    steps: [],
    proposed: [],
    answer: 'none',
    steered: [],
    stepsUsed: 0,
    tokensUsed: 0,
    costUsed: 0,
    activeMs: 0,
    refusals: 0,
    repeated: noRepeat,
  },
  transcript: append(state.transcript, { kind: 'user', version, turn: data.turn, content: data.input }),
});

/** One line without control characters, so that any list, table or JSON column can hold it. */
const titleOf = (input: string): string => [...input.replace(/[\p{C}\s]+/gu, ' ').trim()].slice(0, 120).join('');

/** Once refused, the option is not sent again in this conversation: it would cost every step an attempt. */
const withoutRefused = (state: ConversationState, { cause }: Failure): ConversationState =>
  cause === 'stream_options_refused' && state.model !== undefined
    ? { ...state, model: { ...state.model, profile: { ...state.model.profile, streamUsage: false } } }
    : state;

const resumed = (state: ConversationState, limits: ConversationState['limits']): ConversationState => {
  const next = withTurn(state, ({ paused: _, ...turn }) => ({ ...turn, repeated: noRepeat }));
  return { ...next, limits: { ...state.limits, ...limits } };
};

const refused = (state: ConversationState, event: Of<'ToolCallRefused'>): ConversationState => {
  const { step, call, reason, message } = event.data;
  const opened = findStep(state, step) === undefined ? openStep(state, event, { call }) : state;
  return answerStep(opened, event, { type: 'refused', reason, message });
};

/** The same step asks again when its tool has changed. */
const approvalRequested = (state: ConversationState, event: Of<'ApprovalRequested'>): ConversationState => {
  const { step, call, digest } = event.data;
  if (findStep(state, step) === undefined) return openStep(state, event, { call, phase: 'approval', digest });
  return changeStep(state, event, () => ({ call, digest, phase: 'approval', since: event.recordedAt }));
};

const outcomeUnknown = (state: ConversationState, event: Of<'ToolOutcomeUnknown'>): ConversationState => {
  const { failure, policy } = event.data;
  const ended = endAttempt(state, event, { phase: 'unknown', failure, since: event.recordedAt });
  return policy === 'tell' ? answerStep(ended, event, { type: 'unknown' }) : ended;
};

const outcomeDecided = (state: ConversationState, event: Of<'ToolOutcomeDecided'>): ConversationState => {
  const { decision, result } = event.data;
  if (decision === 'resolve' && result !== undefined) return answerStep(state, event, { type: 'returned', result });
  if (decision !== 'retry') return answerStep(state, event, { type: 'unknown' });
  return changeStep(state, event, ({ attempt, losses }) => ({
    phase: 'due',
    attempt: attempt + 1,
    losses: losses + 1,
    mayHaveHappened: true,
    task: undefined,
    dueAt: event.recordedAt,
    since: event.recordedAt,
  }));
};
