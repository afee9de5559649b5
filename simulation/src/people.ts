// People: they start conversations, speak while the engine is busy, cancel, decide and rate, at any moment. When all is
// over they answer whatever still waits for them. What came of it is counted from the log, except for what leaves no trace there.

import {
  type Command,
  CommandRejected,
  type ConversationState,
  defaultLimits,
  type Limits,
  phaseOf,
  planReplay,
  type Recorded,
  type Step,
  type WaitingFor,
  type WhileBusy,
  waitingFor,
} from '@turnlog/core';
import type { Random } from './random.ts';
import type { Callers } from './simulated-api.ts';
import type { World } from './world.ts';

const model = {
  name: 'simulated',
  model: 'simulated-1',
  params: {},
  profile: { sendReasoning: 'none', sendReasoningOf: 'turn', emptyContent: 'empty', streamUsage: true, splitThink: true },
  price: { input: 2, output: 8 },
} as const;
const otherModel = {
  ...model,
  name: 'another',
  model: 'simulated-2',
  price: { input: 1, output: 16, cachedInput: 0.5 },
} as const;

const tight: readonly Limits[] = [
  { maxSteps: 3 },
  { maxConversationSteps: 6 },
  { maxTokens: 120 },
  { maxConversationTokens: 300 },
  { maxWallMs: 2_000 },
  { maxConversationWallMs: 4_000 },
  { maxCost: 0.000_3 },
  { maxConversationCost: 0.000_8 },
];
/** Enough for all that a simulation can still do. */
const raised: Limits = {
  maxSteps: 10_000,
  maxConversationSteps: 10_000,
  maxTokens: 1e9,
  maxConversationTokens: 1e9,
  maxWallMs: 1e9,
  maxConversationWallMs: 1e9,
  maxCost: 1e9,
  maxConversationCost: 1e9,
  maxIdenticalCalls: 1_000,
};

export const startOf = (world: World, random: Random): Command => ({
  type: 'StartConversation',
  settings: {
    model,
    systemPrompt: random.chance(0.15) ? 'You are stubborn.' : 'You are kind.',
    servers: random.chance(0.9) ? (random.chance(0.3) ? ['desk', 'shelf'] : ['desk']) : [],
    ...(random.chance(0.2) && { approval: random.pick([{ send: 'ask' }, 'ask'] as const) }),
    limits: { ...defaultLimits, ...(random.chance(0.5) && random.pick(tight)) },
    ...(random.chance(0.2) && { truncate: 40 }),
    metadata: {},
    tags: [],
  },
  ...(random.chance(0.8) && { input: `Hello ${world.token()}` }),
});

type Kind = 'turn' | 'cancel' | 'resume' | 'feedback' | 'decide' | 'fork' | 'cassette' | 'erase';
const kinds: readonly Kind[] = [
  'turn',
  'turn',
  'turn',
  'turn',
  'turn',
  'turn',
  'cancel',
  'resume',
  'feedback',
  'decide',
  'fork',
  'cassette',
  'erase',
  'erase',
];

/** As many as a seed can hold without taking the time of its faults. */
const maxForks = 4;

const maxErasures = 2;

/** Any version may be left, that of a moment ago most of all: what is under way there is the hard case. */
const forkOf = (world: World, random: Random, conversationId: string, { version }: ConversationState): Command => ({
  type: 'ForkConversation',
  parent: { conversationId, version: random.chance(0.6) ? version : random.between(1, version) },
  ...(random.chance(0.7) && { input: `Otherwise ${world.token()}` }),
  ...(random.chance(0.3) && { edit: { content: `I meant ${world.token()}` } }),
  ...(random.chance(0.2) && { systemPrompt: 'You are someone else.' }),
  ...(random.chance(0.2) && { model: otherModel }),
  ...(random.chance(0.2) && { servers: random.pick([[], ['shelf'], ['shelf', 'desk']]) }),
  supersede: random.chance(0.3),
});

const isUnderWay = ({ call, phase }: Step): boolean => call !== undefined && phase === 'started';

/** Whoever is asked answers soon, but not always at once. */
const kindOf = (random: Random, seen: ConversationState): Kind => {
  if (waitingFor(seen).length > 0 && random.chance(0.5)) return 'decide';
  if (seen.turn?.paused !== undefined && random.chance(0.4)) return 'resume';
  if (seen.turn?.steps.some(isUnderWay) && random.chance(0.2)) return 'fork';
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
  const does = async (command: Command) => {
    const reply = await callers.send(conversationId, command);
    if (reply.type === 'rejected' && reply.code === 'stale_digest') world.coverage.count('person: stale digest');
    if (reply.type === 'rejected' && reply.code === 'busy') world.coverage.count('person: reject while busy');
  };
  if (kind === 'turn') {
    const whileBusy = random.pick<WhileBusy>(['reject', 'queue', 'steer', 'interrupt', 'rollback']);
    const command: Command = { type: 'StartTurn', input: `More ${world.token()}`, whileBusy };
    if (seen.turn !== undefined && !random.chance(meddling)) return undefined;
    return does(command);
  }
  if (kind === 'cancel') return random.chance(0.4 * meddling) ? does({ type: 'CancelTurn', reason: 'enough' }) : undefined;
  if (kind === 'feedback')
    return does({
      type: 'GiveFeedback',
      feedback: { rating: random.pick([-1, 0, 1] as const), tags: ['seen'] },
    });
  if (kind === 'resume') return seen.turn?.paused ? does({ type: 'ResumeTurn', limits: raised }) : undefined;
  if (kind === 'fork') {
    if (world.forks.length >= maxForks) return undefined;
    const id = random.id();
    world.forks.push(id);
    world.parents.push(conversationId);
    await callers.send(id, forkOf(world, random, conversationId, seen));
    return undefined;
  }
  if (kind === 'cassette') return playCassette(world, callers, random, conversationId);
  if (kind === 'erase') return erase(world, callers, random, conversationId);
  const waiting = waitingFor(seen);
  if (waiting.length === 0) return undefined;
  const one = random.pick(waiting);
  const command = decisionOn(random, one);
  const isStale = random.chance(0.25) && one.kind === 'approval';
  return does(isStale && command.type === 'DecideToolCall' ? { ...command, digest: 'of another call' } : command);
};

/** What they see of a conversation is performed again, without its tools. */
const playCassette = async (world: World, callers: Callers, random: Random, conversationId: string): Promise<void> => {
  if (world.forks.length >= maxForks) return;
  const events = await world.log.read(conversationId);
  const id = random.id();
  const command = planOf(conversationId, events);
  if (command === undefined) return;
  world.forks.push(id);
  await callers.send(id, command);
};

/** Nothing where nobody has spoken, or all was erased. */
const planOf = (conversationId: string, events: readonly Recorded[]): Command | undefined => {
  try {
    return planReplay(conversationId, events, 'cassette');
  } catch (error) {
    if (error instanceof CommandRejected) return undefined;
    throw error;
  }
};

const erase = async (world: World, callers: Callers, random: Random, conversationId: string): Promise<void> => {
  if (!world.erases || callers.erased.length >= maxErasures) return;
  if (world.parents.length === 0 && random.chance(0.8)) return;
  // What others were forked from is the hard case.
  const target = random.chance(0.7) && world.parents.length > 0 ? random.pick(world.parents) : conversationId;
  const reply = await callers.erase(target, random.pick(['refuse', 'detach', 'erase'] as const), random.chance(0.3));
  if (reply.type === 'rejected' && reply.code === 'shared') world.coverage.count('person: erase refused, as forks read it');
};

const decisionOn = (random: Random, waiting: WaitingFor): Command => {
  const { callId, digest } = waiting;
  const decision =
    waiting.kind === 'approval'
      ? random.pick(['approve', 'approve', 'edit', 'reject'] as const)
      : random.pick(['retry', 'resolve', 'tell'] as const);
  return {
    type: 'DecideToolCall',
    callId,
    decision,
    ...(digest !== undefined && { digest }),
    ...(decision === 'edit' && { arguments: '{"what":"edited"}' }),
    ...(decision === 'resolve' && { result: { content: [{ type: 'text', text: 'as I saw' }], isError: false } }),
  };
};

/** Says what is needed to go on, if the conversation waits for a person. */
export const answerAll = async (callers: Callers, random: Random, id: string, seen: ConversationState): Promise<void> => {
  if (seen.turn?.paused === 'notRecorded') await callers.send(id, { type: 'CancelTurn', reason: 'It was never recorded.' });
  else if (phaseOf(seen) === 'paused') await callers.send(id, { type: 'ResumeTurn', limits: raised });
  for (const waiting of waitingFor(seen)) await callers.send(id, decisionOn(random, waiting));
};
