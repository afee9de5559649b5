// Realistic histories in a line or two. Every event is one that `decide` made: nothing here writes a state by hand.

import type { Command, WhileBusy } from '../conversation/commands.ts';
import { decide } from '../conversation/decide.ts';
import type { EventOf } from '../conversation/events.ts';
import { evolve } from '../conversation/evolve.ts';
import type { Failure } from '../conversation/failure.ts';
import { effectIdOf } from '../conversation/ids.ts';
import type { ToolResult, Usage } from '../conversation/messages.ts';
import { defaultLimits, type Limits, type ModelProfile, type Tool } from '../conversation/settings.ts';
import { type ConversationState, findStepOfCall, initialState, type Step } from '../conversation/state.ts';
import { addMs } from '../conversation/time.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { environmentAt, recordAfter, shortHash, storyBegins, storyId } from './given.ts';

export type ConversationSettings = EventOf<'ConversationStarted'>['data'];

export const plainProfile: ModelProfile = {
  sendReasoning: 'none',
  sendReasoningOf: 'turn',
  emptyContent: 'empty',
  streamUsage: true,
  splitThink: true,
};

export const someSettings = (changed: Partial<ConversationSettings> = {}): ConversationSettings => ({
  model: { name: 'small', model: 'acme/small-1', params: {}, profile: plainProfile },
  servers: ['files'],
  limits: defaultLimits,
  metadata: {},
  tags: [],
  ...changed,
});

/** A tool of the server `files` that its operator has said nothing about. */
export const aTool = (name: string, changed: Partial<Tool> = {}): Tool => ({
  name,
  server: 'files',
  tool: name,
  description: `Does ${name}.`,
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
  trusted: false,
  digest: shortHash(JSON.stringify([name, changed])),
  ...changed,
});

export const textResult = (text: string, isError = false): ToolResult => ({ content: [{ type: 'text', text }], isError });

export const aFailure = (kind: Failure['kind'], changed: Partial<Failure> = {}): Failure => ({
  kind,
  message: `It was ${kind}.`,
  ...changed,
});

/** A call as [tool name, raw arguments]. */
export type Asked = readonly [name: string, rawArguments: string];

export interface Answer {
  readonly content?: string | null;
  readonly reasoning?: string;
  readonly calls?: readonly Asked[];
  readonly usage?: Usage;
}

export interface ConversationBuilder {
  readonly events: readonly Recorded[];
  readonly state: ConversationState;
  readonly now: string;
  /** Time passes. */
  after(ms: number): ConversationBuilder;
  /** Any command, as the engine would handle it. */
  handling(command: Command): ConversationBuilder;
  withTools(tools: readonly Tool[]): ConversationBuilder;
  withTurn(input: string, whileBusy?: WhileBusy): ConversationBuilder;
  /** A worker takes the attempt of the only due step, or of this call, once it is due. */
  started(callId?: string): ConversationBuilder;
  /** The model step is taken, if it is not yet, and answers. */
  answered(answer: Answer): ConversationBuilder;
  /** The call is taken, if it is not yet, and returns. */
  returned(callId: string, text: string): ConversationBuilder;
  /** The step of this call, or the model step, is taken if it is not yet, and fails. */
  failed(failure: Failure, at?: { readonly callId?: string; readonly sent?: boolean }): ConversationBuilder;
  decided(callId: string, decision: Omit<Extract<Command, { type: 'DecideToolCall' }>, 'type' | 'callId'>): ConversationBuilder;
  cancelled(): ConversationBuilder;
  resumed(limits?: Limits): ConversationBuilder;
}

/** The claim with which the builder starts an attempt. */
export const claimOf = (step: number, attempt: number): string => `claim-${step}-${attempt}`;

export const startAttemptOf = ({ step, attempt, call }: Pick<Step, 'step' | 'attempt' | 'call'>, toolsVersion = 0): Command => ({
  type: 'StartAttempt',
  step,
  attempt,
  claim: claimOf(step, attempt),
  worker: 'worker-1',
  ...(call
    ? { effectId: effectIdOf(storyId, call.callId) }
    : { request: { sha256: shortHash(`request of step ${step}`), renderer: 1, toolsVersion } }),
});

export const modelAnswer = (
  { step, attempt }: Pick<Step, 'step' | 'attempt'>,
  { content = null, reasoning, calls = [], usage }: Answer,
): Command => ({
  type: 'RecordModelAnswer',
  step,
  attempt,
  claim: claimOf(step, attempt),
  answer: {
    message: {
      content,
      ...(reasoning !== undefined && { reasoning, reasoningField: 'reasoning_content' as const }),
      toolCalls: calls.map(([name, rawArguments]) => ({ name, arguments: rawArguments })),
    },
    finishReason: calls.length > 0 ? 'tool_calls' : 'stop',
    ...(usage && { usage }),
  },
});

export const aConversation = (changed: Partial<ConversationSettings> = {}): ConversationBuilder =>
  build([], initialState, storyBegins).handling({ type: 'StartConversation', settings: someSettings(changed) });

const build = (events: readonly Recorded[], state: ConversationState, now: string): ConversationBuilder => {
  const handling = (command: Command): ConversationBuilder => {
    const recorded = recordAfter(state, decide(command, state, environmentAt(now)), now);
    return build([...events, ...recorded], recorded.reduce(evolve, state), now);
  };
  const started = (callId?: string): ConversationBuilder => {
    const step = stepOf(state, callId);
    if (step.dueAt > now) return build(events, state, step.dueAt).started(callId);
    return handling(startAttemptOf(step, state.tools?.version));
  };
  /** Goes on with the step once a worker holds it. */
  const taken = (callId: string | undefined, ended: (step: Step) => Command): ConversationBuilder => {
    const step = stepOf(state, callId);
    return step.phase === 'due' ? started(callId).handling(ended(step)) : handling(ended(step));
  };
  return {
    events,
    state,
    now,
    handling,
    started,
    after: (ms) => build(events, state, addMs(now, ms)),
    withTools: (tools) => handling({ type: 'RecordTools', servers: ['files'], tools, warnings: [] }),
    withTurn: (input, whileBusy) => handling({ type: 'StartTurn', input, ...(whileBusy && { whileBusy }) }),
    answered: (answer) => taken(undefined, (step) => modelAnswer(step, answer)),
    returned: (callId, text) =>
      taken(callId, ({ step, attempt }) => ({
        type: 'RecordToolResult',
        step,
        attempt,
        claim: claimOf(step, attempt),
        result: textResult(text),
      })),
    failed: (failure, { callId, sent = false } = {}) =>
      taken(callId, ({ step, attempt }) => ({
        type: 'RecordFailure',
        step,
        attempt,
        claim: claimOf(step, attempt),
        failure,
        sent,
      })),
    decided: (callId, decision) => handling({ type: 'DecideToolCall', callId, ...decision }),
    cancelled: () => handling({ type: 'CancelTurn' }),
    resumed: (limits) => handling({ type: 'ResumeTurn', ...(limits && { limits }) }),
  };
};

const stepOf = (state: ConversationState, callId: string | undefined): Step => {
  const step = callId === undefined ? state.turn?.steps.find(({ call }) => call === undefined) : findStepOfCall(state, callId);
  if (step === undefined) throw new Error(`No open step for ${callId ?? 'the model'} at version ${state.version}.`);
  return step;
};
