// How attempts start and end. Fencing: an outcome counts only for the attempt and claim that the log shows as open;
// whatever comes later is recorded as superseded and never rendered.

import { assertNever, CommandRejected } from '../errors.ts';
import { unknownOutcomePolicyFor } from './approval-policy.ts';
import type { Command, Environment } from './commands.ts';
import { voidOpen } from './elicitation.ts';
import { estimateUsage, hasBudget } from './estimate-usage.ts';
import type { ConversationEvent, EventOf } from './events.ts';
import type { Failure } from './failure.ts';
import { callIdOf } from './ids.ts';
import { toolResultSchema } from './messages.ts';
import { toModelRequest } from './model-request.ts';
import type { ReceivedMessage, ReceivedModelAnswer } from './received.ts';
import { nextAttemptAt } from './retry-policy.ts';
import { type ConversationState, findStep, findTool, isHeld, type Step } from './state.ts';
import { addMs } from './time.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;
type Events = readonly ConversationEvent[];

/**
 * The processes that set and read `dueAt` have clocks of their own, which differ by less than this where time is kept at all.
 * Without it, a worker whose clock is behind would drop what the reconciler rightly gave it.
 */
const clockSkewMs = 1_000;

export const startAttempt = (command: Of<'StartAttempt'>, state: ConversationState, env: Environment): Events => {
  const { type: _, request, effectId, ...data } = command;
  const step = findStep(state, command.step);
  if (step?.phase === 'started' && step.claim === command.claim) return [];
  if (step?.phase !== 'due' || step.attempt !== command.attempt || state.turn?.paused !== undefined)
    throw new CommandRejected('not_current', `Attempt ${command.attempt} of step ${command.step} is not due.`);
  if (step.dueAt > addMs(env.now, clockSkewMs))
    throw new CommandRejected(
      'not_current',
      `Attempt ${command.attempt} of step ${command.step} is not due before ${step.dueAt}.`,
    );
  if (request !== undefined && request.toolsVersion !== (state.tools?.version ?? 0))
    throw new CommandRejected('not_current', `The request of step ${command.step} was rendered with other tools.`);
  return [
    { type: 'AttemptStarted', data: { ...data, ...(request && { request }), ...(effectId !== undefined && { effectId }) } },
  ];
};

/** The step whose open attempt this outcome ends, if it still does. */
const openAttempt = ({ type, step, attempt, claim }: AnyOutcome, state: ConversationState): Step | undefined => {
  const found = findStep(state, step);
  if (type !== 'RecordFailure' && (type === 'RecordToolResult') !== (found?.call !== undefined)) return undefined;
  if (found === undefined || (!isHeld(found) && found.phase !== 'unknown')) return undefined;
  return found.attempt === attempt && found.claim === claim ? found : undefined;
};

const superseded = (command: AnyOutcome): Events => {
  const { step, attempt, claim } = command;
  return [{ type: 'OutcomeSuperseded', data: { step, attempt, claim, outcome: supersededOutcome(command) } }];
};

const supersededOutcome = (command: AnyOutcome): EventOf<'OutcomeSuperseded'>['data']['outcome'] => {
  switch (command.type) {
    case 'RecordModelAnswer': {
      const { message, ...answer } = command.answer;
      return { type: 'answered', message: toStored(message), ...toldOf(answer) };
    }
    case 'RecordToolResult':
      return { type: 'returned', result: command.result };
    case 'RecordFailure': {
      const { failure, partial, sent } = command;
      return { type: 'failed', failure, ...(partial && { partial: toStoredPartial(partial) }), ...(sent && { sent }) };
    }
    default:
      return assertNever(command);
  }
};

type AnyOutcome = Of<'RecordModelAnswer'> | Of<'RecordToolResult'> | Of<'RecordFailure'>;

export const recordModelAnswer = (command: Of<'RecordModelAnswer'>, state: ConversationState, env: Environment): Events => {
  const { type: _, answer, ...at } = command;
  if (openAttempt(command, state) === undefined) return superseded(command);
  const { message, ...told } = answer;
  const failure = nothingToUse(answer);
  if (failure !== undefined) {
    const partial = message.reasoning === undefined ? {} : { partial: message };
    return recordFailure({ ...at, type: 'RecordFailure', failure, sent: true, ...partial, ...warningsOf(told) }, state, env);
  }
  const { step, attempt, claim } = command;
  const data = { step, attempt, claim, message: withEngineIds(message, step), ...toldOf(told), ...estimateOf(answer, state) };
  return [{ type: 'ModelResponded', data }];
};

/** The request is rendered again only here: no call waits for it, and most servers count. */
const estimateOf = ({ usage, message }: ReceivedModelAnswer, state: ConversationState) => {
  if (usage !== undefined || !hasBudget(state.limits)) return {};
  return { estimatedUsage: estimateUsage(toModelRequest(state) ?? '', message) };
};

/** What a server said beside its message, where it said it. */
const toldOf = ({ finishReason, usage, reportedModel, responseId, tokens, warnings }: Omit<ReceivedModelAnswer, 'message'>) => ({
  finishReason,
  ...(usage && { usage }),
  ...(reportedModel !== undefined && { reportedModel }),
  ...(responseId !== undefined && { responseId }),
  ...(tokens && { tokens }),
  ...(warnings && warnings.length > 0 && { warnings: [...warnings] }),
});

const warningsOf = ({ warnings }: Pick<ReceivedModelAnswer, 'warnings'>) => warnings && { warnings };

/** Why an answer is none: a turn that ended with it would look answered, and a trace of it would teach to say nothing. */
const nothingToUse = ({ message: { content, reasoning, toolCalls }, finishReason }: ReceivedModelAnswer): Failure | undefined => {
  if (toolCalls.length > 0) return undefined;
  if (!reasoning)
    return content ? undefined : { kind: 'bad_output', message: 'The model answered with no text, no reasoning and no call.' };
  if (content?.trim()) return undefined;
  const why =
    finishReason === 'length'
      ? 'it ran into its limit of tokens while it reasoned'
      : 'if that goes on, the reasoning parser of the server takes the answer for reasoning';
  return { kind: 'bad_output', cause: 'only_reasoning', message: `Only reasoning arrived, no text and no call: ${why}.` };
};

const withEngineIds = ({ toolCalls, ...message }: ReceivedMessage, step: number) => ({
  ...message,
  toolCalls: toolCalls.map(({ providerId, ...call }, index) => ({
    id: callIdOf(step, index + 1),
    ...call,
    ...(providerId !== undefined && { providerId }),
  })),
});

export const recordToolResult = (command: Of<'RecordToolResult'>, state: ConversationState): Events => {
  const found = openAttempt(command, state);
  if (found === undefined) return superseded(command);
  const { step, attempt, claim, result, warnings = [] } = command;
  // In its stored form, so that it equals an earlier one that said the same with its keys in another order.
  const returned = { step, attempt, claim, result: toolResultSchema.parse(result) };
  const data = { ...returned, ...(warnings.length > 0 && { warnings: [...warnings] }) };
  return [...voidOpen(found, 'call_ended'), { type: 'ToolReturned', data }];
};

export const recordFailure = (command: Of<'RecordFailure'>, state: ConversationState, env: Environment): Events => {
  const found = openAttempt(command, state);
  if (found === undefined) return isWorthRecording(command) ? superseded(command) : [];
  if (found.phase === 'unknown') return [];
  const { step, attempt, claim, failure, partial, warnings = [] } = command;
  if (found.call !== undefined && (command.sent || hasAsked(found)))
    return [...voidOpen(found, failure.kind === 'lost' ? 'worker_lost' : 'call_ended'), ...lostCall(command, found, state, env)];
  const retryAt = retryAtOf(found, failure, state, env);
  if (retryAt === null && found.mayHaveHappened) return unknownOutcome({ step, attempt, claim, failure }, found, state);
  return [
    {
      type: 'AttemptFailed',
      data: {
        step,
        attempt,
        claim,
        failure,
        ...(partial && { partial: toStoredPartial(partial) }),
        ...(warnings.length > 0 && { warnings: [...warnings] }),
        retryAt,
      },
    },
  ];
};

/** Whoever asks in the middle of a call has got it. */
const hasAsked = ({ elicitation, elicited }: Step): boolean => elicitation !== undefined || elicited !== undefined;

/** A task that the log does not know of could not be gone on with. */
export const recordTaskStarted = (command: Of<'RecordTaskStarted'>, state: ConversationState): Events => {
  const { step, attempt, claim, taskId } = command;
  const found = findStep(state, step);
  if (found?.call === undefined || found.attempt !== attempt || found.claim !== claim || !isHeld(found))
    throw new CommandRejected('not_current', `Attempt ${attempt} of step ${step} is not open.`);
  return found.task === taskId ? [] : [{ type: 'ToolTaskStarted', data: { step, attempt, claim, taskId } }];
};

/** A late failure that brings nothing with it tells nobody anything. */
const isWorthRecording = ({ partial }: Of<'RecordFailure'>): boolean => partial !== undefined;

const toStored = ({ reasoningField, ...message }: ReceivedMessage) => ({
  ...toStoredPartial(message),
  ...(reasoningField !== undefined && { reasoningField }),
});

const toStoredPartial = ({ content, reasoning, toolCalls }: ReceivedMessage) => ({
  content,
  ...(reasoning !== undefined && { reasoning }),
  toolCalls: toolCalls.map(({ providerId, ...call }) => ({ ...call, ...(providerId !== undefined && { providerId }) })),
});

/** A call that was sent and got no answer: it may have happened, so only a policy may send it again. */
const lostCall = (
  { step, attempt, claim, failure }: Of<'RecordFailure'>,
  found: Step,
  state: ConversationState,
  env: Environment,
): Events => {
  const policy = unknownOutcomePolicyFor(findTool(state, found.call?.name ?? ''));
  // Going on with a task calls nothing again, whatever the policy; one that its server has lost is a call that was lost.
  const isResumable = found.task !== undefined && failure.kind !== 'session_lost';
  const retryAt = policy === 'retry' || isResumable ? retryAtOf(found, failure, state, env) : null;
  if (retryAt !== null) return [{ type: 'AttemptFailed', data: { step, attempt, claim, failure, sent: true, retryAt } }];
  return unknownOutcome({ step, attempt, claim, failure }, found, state);
};

/** No attempt is left for a call that may have happened: a person decides, unless the operator lets the model read it. */
const unknownOutcome = (
  ended: Omit<EventOf<'ToolOutcomeUnknown'>['data'], 'policy'>,
  { call }: Step,
  state: ConversationState,
): Events => {
  const policy = unknownOutcomePolicyFor(findTool(state, call?.name ?? '')) === 'tell' ? 'tell' : 'ask';
  return [{ type: 'ToolOutcomeUnknown', data: { ...ended, policy } }];
};

export const abandonAttempt = (command: Of<'AbandonAttempt'>, state: ConversationState, env: Environment): Events => {
  const { step, attempt, failure } = command;
  const found = findStep(state, step);
  if (found?.phase !== 'due' || found.attempt !== attempt) return [];
  const retryAt = retryAtOf(found, failure, state, env);
  if (retryAt === null && found.mayHaveHappened) return unknownOutcome({ step, attempt, failure }, found, state);
  return [{ type: 'AttemptFailed', data: { step, attempt, failure, retryAt } }];
};

/** Attempts that ended with a question were no failures: they do not count against the policy's. */
const retryAtOf = (
  { step, attempt, losses, input }: Step,
  failure: Failure,
  { model }: ConversationState,
  env: Environment,
): string | null => {
  // What `evolve` takes out of the profile once cannot be refused a second time.
  const isAnotherRequest = failure.cause === 'stream_options_refused' && model?.profile.streamUsage === true;
  const seed = `${env.conversationId}/${step}`;
  return nextAttemptAt({ failure, attempt: attempt - (input?.rounds ?? 0), losses, now: env.now, seed, isAnotherRequest });
};
