// Rules of the engine, each switched off around it: the simulation must notice. Nothing here touches the engine itself. Some of them
// are switched off where they stand: `no-reconciler` in `simulated-store.ts`, those of the reader in `simulated-log.ts`.

import {
  type Command,
  CommandRejected,
  type ConversationState,
  decide,
  type Engine,
  type Envelope,
  findStep,
  fold,
  type Handled,
  type Recorded,
  summarize,
  toStoredForm,
  workChange,
} from '@turnlog/core';
import { sha256 } from './simulated-model.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { storeOf } from './simulated-store.ts';
import type { World } from './world.ts';

export const mutations = ['no-fencing', 'no-reconciler', 'send-before-start', 'position-cursor', 'position-below-xmin'] as const;
export type Mutation = (typeof mutations)[number];

export const mutateEngine = (world: World, process: SimulatedProcess, engine: Engine): Engine => {
  if (world.mutation === 'no-fencing') return { ...engine, handle: acceptAnyClaim(world, process, engine) };
  if (world.mutation === 'send-before-start') return { ...engine, handle: sendBeforeStart(engine) };
  return engine;
};

/** The performer is told that its start is durable while that is still on its way. */
const sendBeforeStart =
  (engine: Engine): Engine['handle'] =>
  async (command, envelope) => {
    if (command.type !== 'StartAttempt') return engine.handle(command, envelope);
    const state = await engine.load(envelope.conversationId);
    engine.handle(command, envelope).catch(() => undefined);
    return { version: state.version, state: holding(state, command), events: [] };
  };

/** Where an outcome's claim is not the one that the log shows, it is decided as if it were. */
const acceptAnyClaim =
  (world: World, process: SimulatedProcess, engine: Engine): Engine['handle'] =>
  async (command, envelope) => {
    if (command.type !== 'RecordModelAnswer' && command.type !== 'RecordToolResult') return engine.handle(command, envelope);
    const state = await engine.load(envelope.conversationId, { fresh: true });
    const step = findStep(state, command.step);
    const isOther =
      step !== undefined && step.claim !== command.claim && (step.call !== undefined) === (command.type === 'RecordToolResult');
    if (!isOther) return engine.handle(command, envelope);
    const events = decide(command, holding(state, command), {
      conversationId: envelope.conversationId,
      now: state.updatedAt,
      sha256,
    });
    return appendAsDecided(world, process, engine, command, envelope, state, events);
  };

const holding = (
  state: ConversationState,
  { step, attempt, claim }: { readonly step: number; readonly attempt: number; readonly claim: string },
): ConversationState =>
  state.turn === undefined
    ? state
    : {
        ...state,
        turn: {
          ...state.turn,
          steps: state.turn.steps.map((one) => (one.step === step ? { ...one, phase: 'started', attempt, claim } : one)),
        },
      };

const appendAsDecided = async (
  world: World,
  process: SimulatedProcess,
  engine: Engine,
  command: Command,
  { conversationId, commandId }: Envelope,
  before: ConversationState,
  decided: ReturnType<typeof decide>,
): Promise<Handled> => {
  const recordedAt = before.updatedAt;
  const events = decided.map(toStoredForm).map(
    (event, index): Recorded => ({
      ...event,
      version: before.version + index + 1,
      recordedAt,
      schemaVersion: 1,
      ...(index === 0 && { commandId }),
      causation: command.type,
    }),
  );
  const after = fold(events, before);
  const result = await storeOf(world, process).append({
    conversationId,
    expectedVersion: before.version,
    commandId,
    causation: command.type,
    recordedAt,
    events: decided.map(toStoredForm),
    work: workChange(before, after),
    summary: summarize(after),
  });
  engine.forget(conversationId);
  if (result.type !== 'appended') throw new CommandRejected('not_current', 'Others were first.');
  return { version: after.version, state: after, events };
};
