// What a user reads of a conversation: messages with their versions, what is under way and what it waits for.

import type { Usage } from '../conversation/messages.ts';
import type { Limits } from '../conversation/settings.ts';
import { type ConversationState, type ForkOrigin, findTool, type Phase, phaseOf, type Step } from '../conversation/state.ts';
import { type Entry, entriesOf } from '../conversation/transcript.ts';
import { type TraceMessage, traceMessage } from './trace.ts';

export type ViewMessage = TraceMessage & { readonly version: number };

export interface OpenStepView {
  readonly step: number;
  readonly kind: 'model' | 'tool';
  readonly attempt: number;
  readonly phase: 'due' | 'started' | 'approval' | 'unknown';
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
  readonly usage: Usage;
  readonly limits: Limits;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly forkedFrom?: ForkOrigin;
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
    usage: state.usage,
    limits: state.limits,
    tags: state.tags,
    metadata: state.metadata,
    ...(state.forkedFrom && { forkedFrom: state.forkedFrom }),
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
    if (step.call === undefined || (step.phase !== 'approval' && step.phase !== 'unknown')) return [];
    const { callId, name, server, tool, arguments: raw } = step.call;
    return [
      {
        callId,
        kind: step.phase,
        server,
        tool,
        arguments: raw,
        ...(step.digest !== undefined && { digest: step.digest }),
        actions: actionsOn(state, step.phase, name),
        since: step.since,
      },
    ];
  });

/** A call whose tool is no longer offered cannot be made. */
const actionsOn = (state: ConversationState, phase: 'approval' | 'unknown', name: string): readonly string[] => {
  if (phase === 'unknown') return ['retry', 'resolve', 'tell'];
  return findTool(state, name) === undefined ? ['reject'] : ['approve', 'edit', 'reject'];
};
