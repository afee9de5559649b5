// What the engine does next by itself: the whole agent loop, as one pure question asked until it has no answer.

import { approvalIn } from './approval-policy.ts';
import type { Environment } from './commands.ts';
import { nextQuestion } from './elicitation.ts';
import type { ConversationEvent, EventOf, ToolStep } from './events.ts';
import type { ToolCall } from './messages.ts';
import { activeMsOf, type ConversationState, findTool, type OpenTurn, type PauseReason, type Step } from './state.ts';
import { parseArguments } from './tool-arguments.ts';

/** A model that cannot write a call after this many tries in a row will not learn it in this turn. */
const maxRefusedRounds = 5;

/** The next fact that follows from the state alone, or undefined when the engine waits for the outside. */
export const nextEvent = (state: ConversationState, env: Environment): ConversationEvent | undefined => {
  if (state.phase !== 'open') return undefined;
  const { turn } = state;
  if (turn === undefined) return nextQueued(state);
  const asked = askAgain(state, turn, env) ?? nextQuestion(turn, env);
  if (asked !== undefined || turn.paused !== undefined) return asked;
  const [call] = turn.proposed;
  if (call !== undefined) return (turn.steps.length === 0 && pause(state, turn, env.now)) || proposeCall(state, turn, call, env);
  if (turn.steps.some(isOpen)) return turn.steps.some(isTriedAgain) ? pause(state, turn, env.now) : undefined;
  return nextRound(state, turn, env.now);
};

const isOpen = ({ phase }: Step): boolean => phase !== 'settled';

/** Another attempt spends like the first one: a step that fails again and again must not pass a limit. */
const isTriedAgain = ({ phase, failure }: Step): boolean => phase === 'due' && failure !== undefined;

/** Waits for a person, or has been allowed by one and was never sent. */
const isUnsent = ({ phase, approvedTool, mayHaveHappened, input }: Step): boolean =>
  phase === 'approval' || (phase === 'due' && approvedTool !== undefined && mayHaveHappened !== true && input === undefined);

/** The policy or the tool has changed since a person was asked, or since they agreed: what they were shown is void. */
const askAgain = (state: ConversationState, { turn, steps }: OpenTurn, env: Environment): ConversationEvent | undefined => {
  for (const found of steps) {
    const { step, call: shown } = found;
    const tool = shown !== undefined && isUnsent(found) ? findTool(state, shown.name) : undefined;
    if (tool === undefined || shown === undefined) continue;
    if (approvalIn(state, tool) === 'never') return refusal(turn, step, shown, 'policy', forbidden(shown.name));
    const digest = callDigest(tool.digest, shown.arguments, env);
    const isVoid = found.phase === 'approval' ? digest !== found.digest : tool.digest !== found.approvedTool;
    const call = { ...shown, server: tool.server, tool: tool.tool };
    if (isVoid) return { type: 'ApprovalRequested', data: { turn, step, call, digest } };
  }
  return undefined;
};

const nextQueued = ({ queued, turns }: ConversationState): ConversationEvent | undefined =>
  queued[0] === undefined ? undefined : { type: 'TurnStarted', data: { turn: turns + 1, input: queued[0], fromQueue: true } };

const nextRound = (state: ConversationState, turn: OpenTurn, now: string): ConversationEvent => {
  const failed = turn.steps.find((step) => step.failure !== undefined && step.call === undefined);
  if (failed?.failure !== undefined)
    return { type: 'TurnFailed', data: { turn: turn.turn, step: failed.step, failure: failed.failure } };
  if (turn.answer === 'final') return { type: 'TurnCompleted', data: { turn: turn.turn } };
  if (turn.refusals >= maxRefusedRounds) return { type: 'TurnFailed', data: { turn: turn.turn, failure: refusedTooOften } };
  return (
    pause(state, turn, now) ?? {
      type: 'StepScheduled',
      data: { turn: turn.turn, step: state.steps + 1, call: { kind: 'model' } },
    }
  );
};

const refusedTooOften = {
  kind: 'bad_output',
  message: `The model asked for unknown tools or wrote arguments that no tool takes ${maxRefusedRounds} times in a row.`,
} as const;

/** Limits are checked before a call is dispatched, so nothing is spent beyond what is already in flight. */
const pause = (state: ConversationState, turn: OpenTurn, now: string): ConversationEvent | undefined => {
  const exceeded = exceededLimit(state, turn, now);
  return exceeded && { type: 'TurnPaused', data: { turn: turn.turn, ...exceeded } };
};

/** The first limit that the turn would pass by going on. */
export const exceededLimit = (
  state: ConversationState,
  turn: OpenTurn,
  now: string,
): { readonly reason: PauseReason; readonly limit: number; readonly reached: number } | undefined => {
  const { limits, usage, estimatedTokens = 0 } = state;
  const ahead = stepsAhead(turn);
  const activeMs = activeMsOf(turn, now);
  /** Steps are counted with those to come; all else with what is spent. */
  const checks: readonly (readonly [PauseReason, number, 'may be reached' | 'ends it'])[] = [
    ['maxSteps', turn.stepsUsed + ahead, 'may be reached'],
    ['maxConversationSteps', state.steps + ahead, 'may be reached'],
    ['maxWallMs', activeMs, 'ends it'],
    ['maxConversationWallMs', state.activeMs + activeMs, 'ends it'],
    ['maxTokens', turn.tokensUsed, 'ends it'],
    ['maxConversationTokens', usage.promptTokens + usage.completionTokens + estimatedTokens, 'ends it'],
    ['maxCost', turn.costUsed, 'ends it'],
    ['maxConversationCost', state.cost, 'ends it'],
    ['maxIdenticalCalls', turn.repeated.times, 'ends it'],
  ];
  for (const [reason, reached, rule] of checks) {
    const limit = limits[reason] ?? Infinity;
    if (rule === 'may be reached' ? reached > limit : reached >= limit) return { reason, limit, reached };
  }
  return undefined;
};

/** Steps that going on would begin: all calls of a round at once, or one model call; none where a step is tried again. */
const stepsAhead = ({ steps, proposed }: OpenTurn): number => (steps.some(isOpen) ? 0 : Math.max(1, proposed.length));

/** A proposed call becomes a step that runs, waits for a person, or is refused with words the model can act on. */
const proposeCall = (state: ConversationState, { turn }: OpenTurn, proposed: ToolCall, env: Environment): ConversationEvent => {
  const tool = findTool(state, proposed.name);
  const step = state.steps + 1;
  const call: ToolStep = {
    callId: proposed.id,
    name: proposed.name,
    server: tool?.server ?? '',
    tool: tool?.tool ?? '',
    arguments: proposed.arguments,
  };
  const refuse = (reason: RefusalReason, message: string) => refusal(turn, step, call, reason, message);
  if (tool === undefined) return refuse('unknown_tool', unknownToolMessage(state, proposed.name));
  const parsed = parseArguments(proposed.arguments);
  if (!parsed.ok) return refuse('bad_arguments', `${parsed.message} The tool was not called. Write the call again.`);
  const approval = approvalIn(state, tool);
  if (approval === 'never') return refuse('policy', forbidden(proposed.name));
  if (approval === 'ask')
    return { type: 'ApprovalRequested', data: { turn, step, call, digest: callDigest(tool.digest, call.arguments, env) } };
  return { type: 'StepScheduled', data: { turn, step, call: { kind: 'tool', ...call } } };
};

type RefusalReason = EventOf<'ToolCallRefused'>['data']['reason'];

const refusal = (turn: number, step: number, call: ToolStep, reason: RefusalReason, message: string): ConversationEvent => ({
  type: 'ToolCallRefused',
  data: { turn, step, call, reason, message },
});

const forbidden = (name: string): string => `The operator does not allow calls of ${name}. It was not called.`;

/** Binds a decision to the server, the tool's schema and the exact arguments. */
export const callDigest = (toolDigest: string, rawArguments: string, env: Pick<Environment, 'sha256'>): string =>
  env.sha256(JSON.stringify([toolDigest, rawArguments]));

const unknownToolMessage = (state: ConversationState, name: string): string => {
  const names = (state.tools?.tools ?? []).map((tool) => tool.name);
  return `There is no tool named ${JSON.stringify(name)}. ${names.length > 0 ? `Tools: ${names.join(', ')}.` : 'No tools are available.'}`;
};
