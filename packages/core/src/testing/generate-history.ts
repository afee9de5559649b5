// Random but realistic histories: each move is read against the state it meets, so that most of them do something.
// Takes numbers from any generator (a property test shrinks them, a simulation seeds them) and draws none itself.

import type { Command } from '../conversation/commands.ts';
import { decide } from '../conversation/decide.ts';
import type { ConversationEvent } from '../conversation/events.ts';
import { evolve } from '../conversation/evolve.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { Limits } from '../conversation/settings.ts';
import { type ConversationState, initialState, isHeld, type Step } from '../conversation/state.ts';
import { addMs } from '../conversation/time.ts';
import { CommandRejected } from '../errors.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { type Asked, aFailure, aTool, modelAnswer, someSettings, startAttemptOf, textResult } from './conversation-builder.ts';
import { claimed, pick, questionIn, replyTo } from './generate-questions.ts';
import { environmentAt, recordAfter, storyBegins } from './given.ts';

/** One move: what is tried, two numbers that choose how, and how much time passes first. */
export interface Move {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly ms: number;
}

/** A command that was handled, and what it wrote: nothing where it was refused or had already happened. */
export interface Moment {
  readonly command: Command;
  readonly commandId: string;
  readonly now: string;
  readonly before: ConversationState;
  readonly after: ConversationState;
  readonly events: readonly Recorded[];
  readonly rejected?: CommandRejected;
}

const tools = [
  aTool('read', { trusted: true, annotations: { readOnlyHint: true } }),
  aTool('write'),
  aTool('pay', { approval: 'ask' }),
  aTool('notify', { onUnknownOutcome: 'tell' }),
  aTool('sync', { onUnknownOutcome: 'retry' }),
  aTool('wipe', { approval: 'never' }),
];
/** What a later listing may say: a tool is gone, or another one, or its operator thinks otherwise of it. */
const revised = tools.map((tool) =>
  tool.name === 'pay'
    ? aTool('pay', { approval: 'ask', description: 'Pays twice.' })
    : { ...tool, onUnknownOutcome: 'tell' as const },
);
const forbidden = tools.map((tool) => (tool.name === 'pay' ? aTool('pay', { approval: 'never' }) : tool));
const listings = [tools.slice(1), tools, revised, tools, forbidden, tools, tools.filter(({ name }) => name !== 'pay'), tools];
const names = [...tools.map((tool) => tool.name), 'read', 'write', 'nowhere'];
const texts = ['{"path":"a"}', '{}', '', '{"path":"a"}', '{broken', '"{\\"path\\":\\"b\\"}"', '[1]'];
const inputs = ['hi', 'and then?', '', 'ünïcödé 🙂', 'a "quoted"\nline'];
const busy = [undefined, 'reject', 'queue', 'steer', 'interrupt', 'rollback'] as const;
const failures: readonly FailureKind[] = [
  'rate_limited',
  'unavailable',
  'timeout',
  'lost',
  'lost',
  'bad_output',
  'unauthorized',
  'session_lost',
];
const raised: readonly Limits[] = [
  {},
  { maxSteps: 500 },
  { maxTokens: 10_000 },
  { maxSteps: 500, maxTokens: 10_000, maxWallMs: 9_000_000 },
];
const limits: readonly Limits[] = [
  {},
  { maxSteps: 3 },
  { maxTokens: 150 },
  { maxWallMs: 2_000 },
  { maxIdenticalCalls: 2 },
  { maxConversationTokens: 90 },
];

/** All moments of a history, in order; the first one starts the conversation. */
export const generateHistory = (moves: readonly Move[]): readonly Moment[] => {
  const [first = { kind: 0, a: 0, b: 0, ms: 0 }] = moves;
  const settings = someSettings({ limits: pick(limits, first.a), truncate: 20 });
  const start: Command = { type: 'StartConversation', settings, ...(first.b % 2 === 0 && { input: 'start' }) };
  const moments = [momentOf(start, initialState, storyBegins, 0)];
  let now = storyBegins;
  for (const move of moves) {
    const before = lastOf(moments).after;
    now = addMs(now, move.ms);
    const command = commandOf(move, before, moments);
    if (command !== undefined) moments.push(momentOf(command, before, now, moments.length));
  }
  return moments;
};

export const eventsOf = (moments: readonly Moment[]): readonly Recorded[] => moments.flatMap(({ events }) => events);

const lastOf = (moments: readonly Moment[]): Moment => moments[moments.length - 1] as Moment;

const momentOf = (command: Command, before: ConversationState, now: string, index: number): Moment => {
  const commandId = `command-${index}`;
  const moment = { command, commandId, now, before };
  const decided = tryDecide(command, before, now);
  if (decided instanceof CommandRejected) return { ...moment, after: before, events: [], rejected: decided };
  const events = recordAfter(before, decided, now, commandId);
  return { ...moment, after: events.reduce(evolve, before), events };
};

const tryDecide = (command: Command, state: ConversationState, now: string): readonly ConversationEvent[] | CommandRejected => {
  try {
    return decide(command, state, environmentAt(now));
  } catch (error) {
    if (error instanceof CommandRejected) return error;
    throw error;
  }
};

/** What this move asks for; undefined where there is nothing to try it on. Progress is likelier than trouble. */
const commandOf = ({ kind, a, b }: Move, state: ConversationState, past: readonly Moment[]): Command | undefined => {
  const open = (state.turn?.steps ?? []).filter(({ phase }) => phase === 'due' || phase === 'started');
  const held = (state.turn?.steps ?? []).filter(isHeld);
  const asking = held.find(({ elicitation }) => elicitation !== undefined);
  const asked = state.turn?.steps.find(({ elicitation }) => elicitation !== undefined);
  const step = open[a % Math.max(1, open.length)];
  const again = open.find(({ phase, mayHaveHappened }) => phase === 'due' && mayHaveHappened === true);
  const allowed = open.find(({ phase, approvedTool }) => phase === 'due' && approvedTool !== undefined);
  switch (kind % 16) {
    case 0:
    case 1: {
      const whileBusy = pick(busy, b);
      return { type: 'StartTurn', input: pick(inputs, a), ...(whileBusy && { whileBusy }) };
    }
    case 2:
      return {
        type: 'RecordTools',
        servers: ['files'],
        tools: again ? revised : allowed ? pick([forbidden, revised], b) : pick(listings, a),
        warnings: [],
      };
    case 3:
      return (
        step && {
          type: 'RecordFailure',
          ...claimed(step, b),
          failure: aFailure(pick(failures, a)),
          sent: b % 2 === 0,
          ...partialOf(b),
        }
      );
    case 4: {
      const abandoned = again ?? step;
      if (b % 4 === 3 && step?.call !== undefined)
        return { type: 'RefuseArguments', step: step.step, attempt: step.attempt, fault: 'arguments/path must be string' };
      const kind = again !== undefined && a % 2 === 0 ? 'not_configured' : pick(failures, b);
      return (
        abandoned && {
          type: 'AbandonAttempt',
          step: abandoned.step,
          attempt: abandoned.attempt,
          failure: aFailure(kind),
        }
      );
    }
    case 5:
      return lateOutcome(a, b, past);
    case 6:
    case 7:
      return decisionOn(state, a, b);
    case 8:
      return b % 3 === 0 ? { type: 'CancelTurn' } : { type: 'ResumeTurn', limits: pick(raised, a) };
    case 9:
      if (b % 2 === 1) return sessionCommand(state, a, b);
      return { type: 'GiveFeedback', feedback: { turn: 1 + (a % 3), rating: 1, tags: ['seen'] } };
    case 10:
      return step && { ...startAttemptOf(step, state.tools?.version), ...(b % 4 === 0 && { attempt: step.attempt + 1 }) };
    case 11: {
      const calling = held.find(({ call }) => call !== undefined);
      return calling && { type: 'RecordFailure', ...claimed(calling, b), failure: aFailure(pick(failures, a)), sent: true };
    }
    default:
      if (asked !== undefined && b % 3 === 0) return decisionOn(state, a, b);
      if (asking !== undefined && (step === undefined || b % 2 === 0)) return questionIn(asking, a, b);
      if (step?.phase === 'started' && step.call !== undefined && b % 5 === 1) return questionIn(step, a, b);
      if (step === undefined) return undefined;
      return step.phase === 'due' ? startAttemptOf(step, state.tools?.version) : outcomeOf(step, a, b);
  }
};

/** Mostly of the session that is open; sometimes of one that nobody knows. */
const sessionCommand = (state: ConversationState, a: number, b: number): Command => {
  const server = a % 2 === 0 ? 'files' : 'web';
  const open = state.mcpSessions.open.find((session) => session.server === server);
  const sessionId = a % 5 === 0 || open?.sessionId === undefined ? `session-${a}` : open.sessionId;
  if (b % 3 === 0) return { type: 'OpenMcpSession', server, sessionId };
  return { type: 'LoseMcpSession', server, sessionId, cause: b % 3 === 1 ? 'worker_lost' : 'idle' };
};

const partialOf = (b: number) => (b % 3 === 0 ? { partial: { content: 'Let me', toolCalls: [] } } : {});

const outcomeOf = (step: Step, a: number, b: number): Command =>
  step.call === undefined
    ? modelAnswer(step, {
        content: a % 3 === 0 ? null : 'text',
        calls: callsOf(a, b),
        usage: { promptTokens: a % 90, completionTokens: 7 },
      })
    : {
        type: 'RecordToolResult',
        ...claimed(step, b),
        result: textResult(a % 2 === 0 ? 'the same' : `a result of ${a}, long enough to cut`, b % 5 === 0),
      };

/** None to four calls, some of them the same again, of unknown tools, or with text that is no JSON. */
const callsOf = (a: number, b: number): readonly Asked[] =>
  Array.from({ length: a % 5 }, (_, index): Asked => {
    const which = b % 4 === 0 ? 0 : b + (index >> 1) * a;
    return [pick(names, which), pick(texts, which)];
  });

const decisionOn = (state: ConversationState, a: number, b: number): Command | undefined => {
  const waiting = (state.turn?.steps ?? []).filter(
    ({ phase }) => phase === 'approval' || phase === 'unknown' || phase === 'elicitation',
  );
  const step = waiting.find(({ phase }) => phase === 'elicitation') ?? waiting[a % Math.max(1, waiting.length)];
  if (step?.call === undefined) return undefined;
  if (step.elicitation !== undefined) return replyTo(step.call.callId, step.elicitation, a, b);
  const fitting = step.phase === 'approval' ? (['approve', 'edit', 'reject'] as const) : (['retry', 'resolve', 'tell'] as const);
  const decision = b % 9 === 0 ? pick(['approve', 'tell'] as const, a) : pick(fitting, b);
  const digest = a % 3 === 0 ? 'stale' : step.digest;
  return {
    type: 'DecideToolCall',
    callId: step.call.callId,
    decision,
    ...(digest !== undefined && { digest }),
    ...(decision === 'edit' && { arguments: '{"path":"edited"}' }),
    ...(decision === 'resolve' && { result: textResult('as I saw') }),
  };
};

/** An outcome of any attempt that ever started, whether it is still open, ended, or was lost. */
const lateOutcome = (a: number, b: number, past: readonly Moment[]): Command | undefined => {
  const started = eventsOf(past).flatMap((event) => (event.type === 'AttemptStarted' ? [event.data] : []));
  const one = a % 2 === 0 ? started.at(-1) : started[a % Math.max(1, started.length)];
  if (one === undefined) return undefined;
  const { step, attempt, claim } = one;
  if (one.request !== undefined) return modelAnswer({ step, attempt }, { content: 'late', calls: callsOf(b, a) });
  return b % 3 === 0
    ? { type: 'RecordFailure', step, attempt, claim, failure: aFailure('lost'), sent: true }
    : { type: 'RecordToolResult', step, attempt, claim, result: textResult('late') };
};
