// Limits pause a turn before it spends more: counted here from the events alone.

import type { Limits, Recorded } from '@turnlog/core';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';

interface TurnReading {
  steps: number;
  tokens: number;
  isPaused: boolean;
  lastCall: string;
  repeats: number;
  /** How many calls the last answer asked for. */
  asked: number;
  activeMs: number;
  activeSince: string;
  readonly open: Set<number>;
}

const newTurn = (): TurnReading => ({
  steps: 0,
  tokens: 0,
  isPaused: false,
  lastCall: '',
  repeats: 0,
  asked: 0,
  activeMs: 0,
  activeSince: '',
  open: new Set(),
});

export const auditLimits = ({ conversations }: Evidence, findings: Findings): void => {
  for (const [id, events] of conversations) auditConversation(id, events, findings);
};

const auditConversation = (id: string, events: readonly Recorded[], findings: Findings): void => {
  const calls = new Map<number, { readonly name: string; readonly arguments: string }>();
  let limits: Limits = {};
  let spent = 0;
  let turn = newTurn();
  for (const event of events) {
    const must = (holds: boolean, what: string) =>
      findings.check('limits pause before spending', holds, () => `${id}:${event.version} ${event.type}: ${what}`);
    switch (event.type) {
      case 'ConversationStarted':
        limits = event.data.limits;
        break;
      case 'TurnStarted':
        turn = newTurn();
        break;
      case 'TurnPaused':
        turn.isPaused = true;
        break;
      case 'TurnResumed':
        limits = { ...limits, ...event.data.limits };
        Object.assign(turn, { isPaused: false, lastCall: '', repeats: 0 });
        break;
      case 'StepScheduled':
      case 'ApprovalRequested':
      case 'ToolCallRefused': {
        if (event.type === 'ToolCallRefused') Object.assign(turn, { lastCall: '', repeats: 0 });
        if (event.type !== 'StepScheduled') calls.set(event.data.step, event.data.call);
        else if (event.data.call.kind === 'tool') calls.set(event.data.step, event.data.call);
        turn.steps += 1;
        const why = beyond(limits, turn, spent);
        must(why === undefined, why ?? '');
        break;
      }
      case 'ToolCallEdited':
        calls.set(event.data.step, { name: calls.get(event.data.step)?.name ?? '', arguments: event.data.arguments });
        break;
      case 'AttemptStarted':
        must(!turn.isPaused, 'the turn is paused');
        if (turn.open.size === 0) turn.activeSince = event.recordedAt;
        turn.open.add(event.data.step);
        break;
      case 'ModelResponded': {
        const used = (event.data.usage?.promptTokens ?? 0) + (event.data.usage?.completionTokens ?? 0);
        turn.asked = event.data.message.toolCalls.length;
        turn.tokens += used;
        spent += used;
        close(turn, event.data.step, event.recordedAt);
        break;
      }
      case 'ToolReturned': {
        const call = JSON.stringify([calls.get(event.data.step)?.name, calls.get(event.data.step)?.arguments, event.data.result]);
        // Only rounds of one call are counted here: what many calls in one round amount to is the engine's to say.
        turn.repeats = turn.asked !== 1 ? 0 : call === turn.lastCall ? turn.repeats + 1 : 1;
        turn.lastCall = turn.asked === 1 ? call : '';
        close(turn, event.data.step, event.recordedAt);
        break;
      }
      case 'ToolCallRejected':
      case 'ToolOutcomeDecided':
        Object.assign(turn, { lastCall: '', repeats: 0 });
        break;
      case 'AttemptFailed':
      case 'ToolOutcomeUnknown':
        if (calls.has(event.data.step)) Object.assign(turn, { lastCall: '', repeats: 0 });
        close(turn, event.data.step, event.recordedAt);
        break;
      default:
    }
  }
};

const close = (turn: TurnReading, step: number, at: string): void => {
  if (turn.open.delete(step) && turn.open.size === 0) turn.activeMs += Date.parse(at) - Date.parse(turn.activeSince);
};

/** The limit that this step is beyond, if any. */
const beyond = (limits: Limits, turn: TurnReading, spent: number): string | undefined => {
  if (turn.isPaused) return 'the turn is paused';
  const reached: readonly [keyof Limits, boolean][] = [
    ['maxSteps', turn.steps > (limits.maxSteps ?? Infinity)],
    ['maxTokens', turn.tokens >= (limits.maxTokens ?? Infinity)],
    ['maxConversationTokens', spent >= (limits.maxConversationTokens ?? Infinity)],
    ['maxWallMs', turn.activeMs >= (limits.maxWallMs ?? Infinity)],
    ['maxIdenticalCalls', turn.repeats >= (limits.maxIdenticalCalls ?? Infinity)],
  ];
  const hit = reached.find(([, isBeyond]) => isBeyond);
  return hit && `${hit[0]} was reached`;
};
