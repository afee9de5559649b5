// A conversation that is held through the real engine on the log in memory, with ids and times of its own: told again, it is
// the same to the byte. What the worker does (render, start, answer) is said step by step.

import { createHash } from 'node:crypto';
import {
  type Command,
  type ConversationState,
  createEngine,
  createInMemoryEventStore,
  type Engine,
  type EventOf,
  effectIdOf,
  eraseConversation,
  type Failure,
  type InMemoryEventStore,
  type ReceivedModelAnswer,
  type Recorded,
  rendererVersion,
  type Step,
  type ToolResult,
  toModelRequest,
} from '@turnlog/core';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export type Settings = EventOf<'ConversationStarted'>['data'];

export interface Story {
  readonly name: string;
  readonly id: string;
  readonly engine: Engine;
  state(): Promise<ConversationState>;
  tell(command: Command): Promise<void>;
  /** Time goes by. */
  pass(ms: number): void;
  /** A worker takes what is due: the model step, or this call. Gives the claim. */
  take(callId?: string): Promise<Taken>;
  /** The model step is taken and answers. */
  says(answer: Partial<ReceivedModelAnswer['message']> & Partial<Omit<ReceivedModelAnswer, 'message'>>): Promise<void>;
  returns(callId: string, result: string | ToolResult): Promise<void>;
  fails(failure: Failure, at?: { readonly callId?: string; readonly sent?: boolean; readonly partial?: string }): Promise<void>;
  decides(callId: string, decision: Omit<Extract<Command, { type: 'DecideToolCall' }>, 'type' | 'callId'>): Promise<void>;
  forks(name: string, ordinal: number, change: Omit<Extract<Command, { type: 'ForkConversation' }>, 'type'>): Promise<Story>;
  erase(): Promise<void>;
  events(): Promise<readonly Recorded[]>;
}

export type Taken = Pick<Extract<Command, { type: 'StartAttempt' }>, 'step' | 'attempt' | 'claim'>;

const idOf = (ordinal: number): string => `00000000-0000-4000-8000-${String(ordinal).padStart(12, '0')}`;

export const text = (said: string, isError = false): ToolResult => ({ content: [{ type: 'text', text: said }], isError });

interface World {
  readonly store: InMemoryEventStore;
  readonly engine: Engine;
  readonly pass: (ms: number) => void;
}

const createWorld = (): World => {
  let now = Date.parse('2026-01-01T00:00:00.000Z');
  const store = createInMemoryEventStore();
  const pass = (ms: number): void => {
    now += ms;
  };
  const engine = createEngine({
    store,
    now: () => {
      pass(1_250);
      return new Date(now).toISOString();
    },
    sha256,
    dispatch: async () => {},
    announce: () => {},
  });
  return { store, engine, pass };
};

export const beginStory = async (name: string, ordinal: number, start: Command): Promise<Story> => {
  const story = createStory(name, ordinal, createWorld());
  await story.tell(start);
  return story;
};

const createStory = (name: string, ordinal: number, world: World): Story => {
  const { engine, store, pass } = world;
  const id = idOf(ordinal);
  let commands = 0;
  const envelopeOf = (conversationId: string) => ({
    conversationId,
    commandId: `${name}-${++commands}`,
    correlation: `request-${commands}`,
  });
  const tell = async (command: Command): Promise<void> => void (await engine.handle(command, envelopeOf(id)));
  const state = () => engine.load(id);

  const find = async (callId: string | undefined): Promise<Step> => {
    const step = (await state()).turn?.steps.find(({ call }) => call?.callId === callId);
    if (step === undefined) throw new Error(`${name}: no open step for ${callId ?? 'the model'}.`);
    return step;
  };
  const take = async (callId?: string): Promise<Taken> => {
    const { step, attempt, call, dueAt } = await find(callId);
    const taken = { step, attempt, claim: `claim-${step}-${attempt}` };
    const { updatedAt } = await state();
    pass(Math.max(0, Date.parse(dueAt) - Date.parse(updatedAt)));
    const known = await state();
    const body = call === undefined ? (toModelRequest(known) ?? '') : '';
    const request = { sha256: sha256(body), renderer: rendererVersion, toolsVersion: known.tools?.version ?? 0 };
    const sent = call === undefined ? { request } : { effectId: effectIdOf(id, call.callId) };
    await tell({ type: 'StartAttempt', ...taken, worker: 'worker-1', ...sent });
    return taken;
  };
  /** What is under way already goes on; what is due is taken. */
  const held = async (callId?: string): Promise<Taken> => {
    const { phase, step, attempt, claim = '' } = await find(callId);
    return phase === 'due' ? take(callId) : { step, attempt, claim };
  };

  return {
    name,
    id,
    engine,
    state,
    tell,
    pass,
    take,
    says: async ({ content = null, reasoning, reasoningField, toolCalls = [], ...told }) => {
      const message = { content, ...(reasoning !== undefined && { reasoning, reasoningField }), toolCalls };
      const finishReason = toolCalls.length > 0 ? 'tool_calls' : 'stop';
      await tell({ type: 'RecordModelAnswer', ...(await held()), answer: { finishReason, ...told, message } });
    },
    returns: async (callId, result) =>
      tell({
        type: 'RecordToolResult',
        ...(await held(callId)),
        result: typeof result === 'string' ? text(result) : result,
      }),
    fails: async (failure, { callId, sent = false, partial } = {}) =>
      tell({
        type: 'RecordFailure',
        ...(await held(callId)),
        failure,
        sent,
        ...(partial !== undefined && { partial: { content: partial, toolCalls: [] } }),
      }),
    decides: async (callId, decision) => {
      const { digest } = await find(callId);
      await tell({ type: 'DecideToolCall', callId, ...(digest !== undefined && { digest }), ...decision });
    },
    forks: async (forkName, forkOrdinal, change) => {
      const fork = createStory(forkName, forkOrdinal, world);
      await fork.tell({ type: 'ForkConversation', ...change });
      return fork;
    },
    erase: async () => {
      await eraseConversation({ engine, erasure: store }, id, { forks: 'detach', envelopeOf });
    },
    events: () => store.read(id),
  };
};
