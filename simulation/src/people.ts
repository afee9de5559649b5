// People: they start conversations, speak while the engine is busy, cancel, decide and rate, at any moment. When all is
// over they answer whatever still waits for them.

import {
  type Command,
  type ConversationState,
  defaultLimits,
  type Limits,
  phaseOf,
  type WaitingFor,
  type WhileBusy,
  waitingFor,
} from '@turnlog/core';
import type { Fault } from './coverage.ts';
import type { Random } from './random.ts';
import type { Callers } from './simulated-api.ts';
import type { World } from './world.ts';

const model = {
  name: 'simulated',
  model: 'simulated-1',
  params: {},
  profile: { sendReasoning: 'none', sendReasoningOf: 'turn', emptyContent: 'empty', streamUsage: true, splitThink: true },
} as const;

const tight: readonly Limits[] = [{}, { maxSteps: 3 }, { maxTokens: 120 }, { maxConversationTokens: 300 }, { maxWallMs: 2_000 }];
/** Enough for all that a simulation can still do. */
const raised: Limits = { maxSteps: 10_000, maxTokens: 1e9, maxConversationTokens: 1e9, maxWallMs: 1e9, maxIdenticalCalls: 1_000 };

export const startOf = (world: World, random: Random): Command => ({
  type: 'StartConversation',
  settings: {
    model,
    systemPrompt: random.chance(0.15) ? 'You are stubborn.' : 'You are kind.',
    servers: random.chance(0.9) ? ['desk'] : [],
    ...(random.chance(0.2) && { approval: random.pick([{ send: 'ask' }, 'ask'] as const) }),
    limits: { ...defaultLimits, ...(random.chance(0.4) && random.pick(tight)) },
    ...(random.chance(0.2) && { truncate: 40 }),
    metadata: {},
    tags: [],
  },
  ...(random.chance(0.8) && { input: `Hello ${world.token()}` }),
});

type Kind = 'turn' | 'cancel' | 'resume' | 'feedback' | 'decide';
const kinds: readonly Kind[] = ['turn', 'turn', 'turn', 'turn', 'turn', 'turn', 'cancel', 'resume', 'feedback', 'decide'];

/** Whoever is asked answers soon, but not always at once. */
const kindOf = (random: Random, seen: ConversationState): Kind => {
  if (waitingFor(seen).length > 0 && random.chance(0.5)) return 'decide';
  if (seen.turn?.paused !== undefined && random.chance(0.4)) return 'resume';
  return random.pick(kinds);
};

/** One thing that one person does to one conversation, as they see it now; `meddling`: how often they break into a turn. */
export const act = async (
  world: World,
  callers: Callers,
  random: Random,
  conversationId: string,
  seen: ConversationState,
  meddling: number,
): Promise<void> => {
  const kind = kindOf(random, seen);
  const does = async (fault: Fault | undefined, command: Command) => {
    const reply = await callers.send(conversationId, command);
    if (reply.type === 'acknowledged' && fault !== undefined) world.coverage.count(fault);
    if (reply.type === 'rejected' && reply.code === 'stale_digest') world.coverage.count('person: stale digest');
    if (reply.type === 'rejected' && reply.code === 'busy') world.coverage.count('person: reject while busy');
  };
  if (kind === 'turn') {
    const whileBusy = random.pick<WhileBusy>(['reject', 'queue', 'steer', 'interrupt', 'rollback']);
    const command: Command = { type: 'StartTurn', input: `More ${world.token()}`, whileBusy };
    if (seen.turn !== undefined && !random.chance(meddling)) return undefined;
    if (seen.turn === undefined || whileBusy === 'reject') return does(undefined, command);
    return does(`person: ${whileBusy}`, command);
  }
  if (kind === 'cancel')
    return random.chance(0.4 * meddling) ? does('person: cancel', { type: 'CancelTurn', reason: 'enough' }) : undefined;
  if (kind === 'feedback')
    return does('person: feedback', {
      type: 'GiveFeedback',
      feedback: { rating: random.pick([-1, 0, 1] as const), tags: ['seen'] },
    });
  if (kind === 'resume') return seen.turn?.paused ? does('person: resume', { type: 'ResumeTurn', limits: raised }) : undefined;
  const waiting = waitingFor(seen);
  if (waiting.length === 0) return undefined;
  const one = random.pick(waiting);
  const { fault, command } = decisionOn(random, one);
  const isStale = random.chance(0.25) && one.kind === 'approval';
  return does(fault, isStale && command.type === 'DecideToolCall' ? { ...command, digest: 'of another call' } : command);
};

const decisionOn = (random: Random, waiting: WaitingFor): { readonly fault: Fault; readonly command: Command } => {
  const { callId, digest } = waiting;
  const decision =
    waiting.kind === 'approval'
      ? random.pick(['approve', 'approve', 'edit', 'reject'] as const)
      : random.pick(['retry', 'resolve', 'tell'] as const);
  const command: Command = {
    type: 'DecideToolCall',
    callId,
    decision,
    ...(digest !== undefined && { digest }),
    ...(decision === 'edit' && { arguments: '{"what":"edited"}' }),
    ...(decision === 'resolve' && { result: { content: [{ type: 'text', text: 'as I saw' }], isError: false } }),
  };
  return { fault: `person: ${decision}`, command };
};

/** Says what is needed to go on, if the conversation waits for a person. */
export const answerAll = async (
  world: World,
  callers: Callers,
  random: Random,
  id: string,
  seen: ConversationState,
): Promise<void> => {
  const says = async (fault: Fault, command: Command) => {
    const { type } = await callers.send(id, command);
    if (type === 'acknowledged') world.coverage.count(fault);
  };
  if (phaseOf(seen) === 'paused') await says('person: resume', { type: 'ResumeTurn', limits: raised });
  for (const waiting of waitingFor(seen)) {
    const { fault, command } = decisionOn(random, waiting);
    await says(fault, command);
  }
};
