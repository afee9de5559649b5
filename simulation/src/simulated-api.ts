// API processes and those who call them: a caller asks again with the same command id until it is told what became of it.

import { type Command, CommandRejected, type Envelope, type Erasure, eraseConversation, type ForksOfErased } from '@turnlog/core';
import type { Random } from './random.ts';
import { createSimulatedProcess } from './simulated-process.ts';
import { erasureOf } from './simulated-store.ts';
import { createProcessEngine, type EngineProcess } from './simulated-worker.ts';
import type { World } from './world.ts';

/** A write that a caller was told is done. */
export interface Acknowledged {
  readonly conversationId: string;
  readonly commandId: string;
  readonly version: number;
}

/** What somebody who had conversations erased was told. */
export interface Erased {
  readonly erased: readonly string[];
  readonly detached: readonly string[];
}

export interface SimulatedApi extends EngineProcess {
  readonly erasure: Erasure;
}

export type Reply =
  | { readonly type: 'acknowledged'; readonly version: number }
  | { readonly type: 'rejected'; readonly code: string }
  | { readonly type: 'unknown' };

export interface Callers {
  readonly acknowledged: readonly Acknowledged[];
  readonly erased: readonly Erased[];
  send(conversationId: string, command: Command): Promise<Reply>;
  /** `asksOnce`: does not ask again where nobody told what became of it. */
  erase(conversationId: string, forks: ForksOfErased, asksOnce?: boolean): Promise<Reply>;
  /** How many still wait for a reply. */
  pending(): number;
}

export const startApi = (world: World, name: string, skewMs: number): SimulatedApi => {
  const process = createSimulatedProcess(world, name, skewMs, world.random.fork(name));
  return { process, engine: createProcessEngine(world, process), erasure: erasureOf(world, process) };
};

const patienceMs = 8_000;
const maxTries = 60;

/** What an API process does for one request. */
type Request<T> = (api: SimulatedApi, commandId: string) => Promise<T>;

type Answer<T> =
  | { readonly type: 'acknowledged'; readonly value: T }
  | { readonly type: 'rejected'; readonly code: string }
  | { readonly type: 'unknown' };

export const createCallers = (world: World, random: Random, apis: () => readonly SimulatedApi[]): Callers => {
  const acknowledged: Acknowledged[] = [];
  const erased: Erased[] = [];
  const { scheduler, faults } = world;
  let pending = 0;

  const askOnce = <T>(request: Request<T>, commandId: string): Promise<Answer<T>> =>
    new Promise((resolve) => {
      scheduler.after(patienceMs, () => resolve({ type: 'unknown' }));
      const refused = (error: unknown) =>
        resolve(error instanceof CommandRejected ? { type: 'rejected', code: error.code } : { type: 'unknown' });
      const api = random.pick(apis());
      api.process.deliver(() => void request(api, commandId).then((value) => resolve({ type: 'acknowledged', value }), refused));
    });

  const ask = async <T>(
    request: Request<T>,
    onAnswer: (value: T, commandId: string) => Reply,
    most = maxTries,
  ): Promise<Reply> => {
    const commandId = random.id();
    for (let tries = 0; tries < most; tries++) {
      const answer = await askOnce(request, commandId);
      if (answer.type === 'rejected') return answer;
      if (answer.type === 'acknowledged') {
        const reply = onAnswer(answer.value, commandId);
        // As a client does whose own connection broke before it read the answer.
        if (faults.strikes('command repeated')) await askOnce(request, commandId);
        return reply;
      }
      await scheduler.sleep(random.between(200, 2_000));
    }
    return { type: 'unknown' };
  };

  const patiently = (asked: Promise<Reply>): Promise<Reply> => {
    pending += 1;
    return asked.finally(() => {
      pending -= 1;
    });
  };

  const send = (conversationId: string, command: Command): Promise<Reply> =>
    ask(
      ({ engine }, commandId) => engine.handle(command, envelopeOf(conversationId, commandId)),
      ({ version }, commandId) => {
        acknowledged.push({ conversationId, commandId, version });
        return { type: 'acknowledged', version };
      },
    );

  const erase = (conversationId: string, forks: ForksOfErased, asksOnce: boolean): Promise<Reply> =>
    ask(
      (api, commandId) => eraseConversation(api, conversationId, { forks, envelopeOf: (id) => envelopeOf(id, commandId) }),
      (result) => {
        if (result.type === 'shared') return { type: 'rejected', code: 'shared' };
        erased.push(result);
        return { type: 'acknowledged', version: result.version };
      },
      asksOnce ? 1 : maxTries,
    );

  return {
    acknowledged,
    erased,
    send: (conversationId, command) => patiently(send(conversationId, command)),
    erase: (conversationId, forks, asksOnce = false) => patiently(erase(conversationId, forks, asksOnce)),
    pending: () => pending,
  };
};

const envelopeOf = (conversationId: string, commandId: string): Envelope => ({
  conversationId,
  commandId,
  fingerprint: `body of ${commandId}`,
});
