// What the engine does next by itself: the whole agent loop, as one pure question asked until it has no answer.

import { approvalFor } from './approval-policy.ts';
import type { Environment } from './commands.ts';
import type { ConversationEvent, ToolStep } from './events.ts';
import type { ToolCall } from './messages.ts';
import { type ConversationState, findTool, type OpenTurn, type PauseReason, type Step } from './state.ts';
import { elapsedMs } from './time.ts';
import { parseArguments } from './tool-arguments.ts';

/** A model that cannot write a call after this many tries in a row will not learn it in this turn. */
const maxRefusedRounds = 5;

/** The next fact that follows from the state alone, or undefined when the engine waits for the outside. */
export const nextEvent = (state: ConversationState, env: Environment): ConversationEvent | undefined => {
  if (state.phase !== 'open') return undefined;
  const { turn } = state;
  if (turn === undefined) return nextQueued(state);
  const asked = askAgain(state, turn, env);
  if (asked !== undefined || turn.paused !== undefined) return asked;
  const [call] = turn.proposed;
  if (call !== undefined) return (turn.steps.length === 0 && pause(state, turn, env.now)) || proposeCall(state, turn, call, env);
  if (turn.steps.some(isOpen)) return turn.steps.some(isTriedAgain) ? pause(state, turn, env.now) : undefined;
  return nextRound(state, turn, env.now);
};

const isOpen = ({ phase }: Step): boolean => phase !== 'settled';

/** Another attempt spends like the first one: a step that fails again and again must not pass a limit. */
const isTriedAgain = ({ phase, failure }: Step): boolean => phase === 'due' && failure !== undefined;

/** A tool has changed while a call of it waits: what the person was shown is void, and no decision on it counts. */
const askAgain = (state: ConversationState, { turn, steps }: OpenTurn, env: Environment): ConversationEvent | undefined => {
  for (const { step, phase, call: shown, digest: old } of steps) {
    const tool = phase === 'approval' && shown !== undefined ? findTool(state, shown.name) : undefined;
    if (tool === undefined || shown === undefined) continue;
    const digest = callDigest(tool.digest, shown.arguments, env);
    const call = { ...shown, server: tool.server, tool: tool.tool };
    if (digest !== old) return { type: 'ApprovalRequested', data: { turn, step, call, digest } };
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
  message: `The model asked for unknown tools or wrote arguments that are no JSON object ${maxRefusedRounds} times in a row.`,
} as const;

/** Limits are checked before a call is dispatched, so nothing is spent beyond what is already in flight. */
const pause = (state: ConversationState, turn: OpenTurn, now: string): ConversationEvent | undefined => {
  const exceeded = exceededLimit(state, turn, now);
  return exceeded && { type: 'TurnPaused', data: { turn: turn.turn, ...exceeded } };
};

/** The first limit that the turn would pass by going on. */
export const exceededLimit = (
  { limits, usage }: ConversationState,
  turn: OpenTurn,
  now: string,
): { readonly reason: PauseReason; readonly limit: number; readonly reached: number } | undefined => {
  const steps = turn.stepsUsed + stepsAhead(turn);
  const activeMs = turn.activeMs + (turn.activeSince === undefined ? 0 : elapsedMs(turn.activeSince, now));
  const spent = usage.promptTokens + usage.completionTokens;
  const checks: readonly [PauseReason, number | undefined, number, boolean][] = [
    ['maxSteps', limits.maxSteps, steps, steps > (limits.maxSteps ?? Infinity)],
    ['maxWallMs', limits.maxWallMs, activeMs, activeMs >= (limits.maxWallMs ?? Infinity)],
    ['maxTokens', limits.maxTokens, turn.tokensUsed, turn.tokensUsed >= (limits.maxTokens ?? Infinity)],
    ['maxConversationTokens', limits.maxConversationTokens, spent, spent >= (limits.maxConversationTokens ?? Infinity)],
    [
      'maxIdenticalCalls',
      limits.maxIdenticalCalls,
      turn.repeated.times,
      turn.repeated.times >= (limits.maxIdenticalCalls ?? Infinity),
    ],
  ];
  const hit = checks.find(([, , , isExceeded]) => isExceeded);
  return hit?.[1] === undefined ? undefined : { reason: hit[0], limit: hit[1], reached: hit[2] };
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
  const refuse = (reason: 'unknown_tool' | 'bad_arguments' | 'policy', message: string): ConversationEvent => ({
    type: 'ToolCallRefused',
    data: { turn, step, call, reason, message },
  });
  if (tool === undefined) return refuse('unknown_tool', unknownToolMessage(state, proposed.name));
  const parsed = parseArguments(proposed.arguments);
  if (!parsed.ok) return refuse('bad_arguments', `${parsed.message} The tool was not called. Write the call again.`);
  const approval = approvalFor(state.approval, tool);
  if (approval === 'never') return refuse('policy', `The operator does not allow calls of ${proposed.name}. It was not called.`);
  if (approval === 'ask')
    return { type: 'ApprovalRequested', data: { turn, step, call, digest: callDigest(tool.digest, call.arguments, env) } };
  return { type: 'StepScheduled', data: { turn, step, call: { kind: 'tool', ...call } } };
};

/** Binds a decision to the server, the tool's schema and the exact arguments. */
export const callDigest = (toolDigest: string, rawArguments: string, env: Pick<Environment, 'sha256'>): string =>
  env.sha256(JSON.stringify([toolDigest, rawArguments]));

const unknownToolMessage = (state: ConversationState, name: string): string => {
  const names = (state.tools?.tools ?? []).map((tool) => tool.name);
  return `There is no tool named ${JSON.stringify(name)}. ${names.length > 0 ? `Tools: ${names.join(', ')}.` : 'No tools are available.'}`;
};
