// API processes and those who call them: a caller asks again with the same command id until it is told what became of it.

import { type Command, CommandRejected, type Engine } from '@turnlog/core';
import type { Random } from './random.ts';
import { createSimulatedProcess } from './simulated-process.ts';
import { createProcessEngine, type EngineProcess } from './simulated-worker.ts';
import type { World } from './world.ts';

/** A write that a caller was told is done. */
export interface Acknowledged {
  readonly conversationId: string;
  readonly commandId: string;
  readonly version: number;
}

export type Reply =
  | { readonly type: 'acknowledged'; readonly version: number }
  | { readonly type: 'rejected'; readonly code: string }
  | { readonly type: 'unknown' };

export interface Callers {
  readonly acknowledged: readonly Acknowledged[];
  send(conversationId: string, command: Command): Promise<Reply>;
  /** How many still wait for a reply. */
  pending(): number;
}

export const startApi = (world: World, name: string, skewMs: number): EngineProcess => {
  const process = createSimulatedProcess(world, name, skewMs, world.random.fork(name));
  return { process, engine: createProcessEngine(world, process) };
};

const patienceMs = 8_000;
const maxTries = 60;

export const createCallers = (world: World, random: Random, apis: () => readonly EngineProcess[]): Callers => {
  const acknowledged: Acknowledged[] = [];
  const { scheduler, faults } = world;

  const ask = (engine: Engine, conversationId: string, commandId: string, command: Command): Promise<Reply> =>
    engine.handle(command, { conversationId, commandId, fingerprint: `body of ${commandId}` }).then(
      ({ version }): Reply => ({ type: 'acknowledged', version }),
      (error: unknown): Reply =>
        error instanceof CommandRejected ? { type: 'rejected', code: error.code } : { type: 'unknown' },
    );

  const askOnce = (conversationId: string, commandId: string, command: Command): Promise<Reply> =>
    new Promise((resolve) => {
      scheduler.after(patienceMs, () => resolve({ type: 'unknown' }));
      const api = random.pick(apis());
      api.process.deliver(() => void ask(api.engine, conversationId, commandId, command).then(resolve));
    });

  const send = async (conversationId: string, command: Command): Promise<Reply> => {
    const commandId = random.id();
    for (let tries = 0; tries < maxTries; tries++) {
      const reply = await askOnce(conversationId, commandId, command);
      if (reply.type === 'rejected') return reply;
      if (reply.type === 'acknowledged') {
        acknowledged.push({ conversationId, commandId, version: reply.version });
        // As a client does whose own connection broke before it read the answer.
        if (faults.strikes('command repeated')) await askOnce(conversationId, commandId, command);
        return reply;
      }
      await scheduler.sleep(random.between(200, 2_000));
    }
    return { type: 'unknown' };
  };
  let pending = 0;
  return {
    acknowledged,
    send: (conversationId, command) => {
      pending += 1;
      return send(conversationId, command).finally(() => {
        pending -= 1;
      });
    },
    pending: () => pending,
  };
};
