// What a user reads of a conversation: messages with their versions, what is under way and what it waits for.

import type { Usage } from '../conversation/messages.ts';
import type { Limits } from '../conversation/settings.ts';
import {
  type ConversationState,
  type Elicitation,
  type ForkOrigin,
  findTool,
  type Phase,
  phaseOf,
  type Replay,
  type Step,
} from '../conversation/state.ts';
import { type Entry, entriesOf } from '../conversation/transcript.ts';
import { type TraceMessage, traceMessage } from './trace.ts';

export type ViewMessage = TraceMessage & { readonly version: number };

export interface OpenStepView {
  readonly step: number;
  readonly kind: 'model' | 'tool';
  readonly attempt: number;
  readonly phase: 'due' | 'started' | 'approval' | 'unknown' | 'elicitation';
  readonly dueAt: string;
  readonly tool?: string;
  readonly callId?: string;
  /** Why the last attempt failed, where one did. */
  readonly failure?: Step['failure'];
}

export interface WaitingFor {
  readonly callId: string;
  readonly kind: 'approval' | 'unknown' | 'elicitation';
  readonly server: string;
  readonly tool: string;
  /** The raw text that will be parsed and sent. */
  readonly arguments: string;
  readonly digest?: string;
  /** Of an elicitation: what the server asks … */
  readonly message?: string;
  /** … the form to fill in, as JSON Schema … */
  readonly requestedSchema?: Readonly<Record<string, unknown>>;
  /** … or the page to open. */
  readonly url?: string;
  readonly actions: readonly string[];
  readonly since: string;
}

export interface ConversationView {
  readonly id: string;
  readonly version: number;
  readonly phase: Phase;
  readonly model: string;
  readonly messages: readonly ViewMessage[];
  readonly openSteps: readonly OpenStepView[];
  readonly waitingFor?: readonly WaitingFor[];
  /** Why the turn is paused, or how the last turn ended if not well. */
  readonly pausedBy?: string;
  readonly lastTurn?: ConversationState['lastTurn'];
  readonly usage: Usage & { /** In the currency of the models' prices; absent where none is known. */ readonly cost?: number };
  readonly limits: Limits;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly forkedFrom?: ForkOrigin;
  readonly replayOf?: Replay;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const viewConversation = (id: string, state: ConversationState): ConversationView => {
  const waiting = waitingFor(state);
  return {
    id,
    version: state.version,
    phase: phaseOf(state),
    model: state.model?.name ?? '',
    messages: viewMessages(state),
    openSteps: (state.turn?.steps ?? []).flatMap(openStepView),
    ...(waiting.length > 0 && { waitingFor: waiting }),
    ...(state.turn?.paused !== undefined && { pausedBy: state.turn.paused }),
    ...(state.lastTurn && { lastTurn: state.lastTurn }),
    usage: state.cost > 0 ? { ...state.usage, cost: state.cost } : state.usage,
    limits: state.limits,
    tags: state.tags,
    metadata: state.metadata,
    ...(state.forkedFrom && { forkedFrom: state.forkedFrom }),
    ...(state.replay && { replayOf: state.replay }),
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
  };
};

/** The transcript, and what the open round has answered so far. */
const viewMessages = (state: ConversationState): readonly ViewMessage[] => {
  const answered = (state.turn?.steps ?? []).flatMap(({ step, call, answer }): readonly Entry[] => {
    if (call === undefined || answer === undefined) return [];
    const { callId, name } = call;
    return [{ kind: 'tool', version: answer.version, turn: state.turns, step, callId, name, answer: answer.value }];
  });
  return [...entriesOf(state.transcript), ...answered].map((entry) => ({
    version: entry.version,
    ...traceMessage(entry, state.truncate),
  }));
};

const openStepView = ({ step, call, attempt, phase, dueAt, failure }: Step): readonly OpenStepView[] =>
  phase === 'settled'
    ? []
    : [
        {
          step,
          kind: call ? 'tool' : 'model',
          attempt,
          phase,
          dueAt,
          ...(call && { tool: call.name, callId: call.callId }),
          ...(failure && { failure }),
        },
      ];

export const waitingFor = (state: ConversationState): readonly WaitingFor[] =>
  (state.turn?.steps ?? []).flatMap((step): readonly WaitingFor[] => {
    if (step.call === undefined) return [];
    const { callId, name, server, tool, arguments: raw } = step.call;
    const { since, phase, elicitation } = step;
    const shown = (kind: WaitingFor['kind']) => ({ callId, kind, server, tool, arguments: raw });
    if (phase === 'elicitation' && elicitation !== undefined)
      return [{ ...shown(phase), ...questionOf(elicitation), actions: ['accept', 'decline', 'dismiss'], since }];
    if (phase !== 'approval' && phase !== 'unknown') return [];
    const digest = step.digest === undefined ? {} : { digest: step.digest };
    return [{ ...shown(phase), ...digest, actions: actionsOn(state, phase, name), since }];
  });

const questionOf = ({ digest, message, requestedSchema, url }: Elicitation) => ({
  ...(digest !== undefined && { digest }),
  message,
  ...(requestedSchema && { requestedSchema }),
  ...(url !== undefined && { url }),
});

/** A call whose tool is no longer offered cannot be made. */
const actionsOn = (state: ConversationState, phase: 'approval' | 'unknown', name: string): readonly string[] => {
  if (phase === 'unknown') return ['retry', 'resolve', 'tell'];
  return findTool(state, name) === undefined ? ['reject'] : ['approve', 'edit', 'reject'];
};
