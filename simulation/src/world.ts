// What all processes of one simulation share: the log, the ledger and the queue, the outside, time and chance.

import { createInMemoryEventStore, createInMemoryWorkLedger, type InMemoryEventStore, type WorkLedger } from '@turnlog/core';
import { type Coverage, createCoverage } from './coverage.ts';
import { createFaults, type Faults } from './faults.ts';
import type { Mutation } from './mutations.ts';
import { createRandom, type Random } from './random.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { createSimulatedQueue, type SimulatedQueue } from './simulated-queue.ts';

/** One time that a tool ran: what the world outside has felt. */
export interface Effect {
  readonly effectId: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly worker: string;
  /** How many events the whole log held at that moment. */
  readonly logLength: number;
}

/** One request that reached a model. */
export interface SentRequest {
  readonly worker: string;
  readonly body: string;
  readonly sha256: string;
  readonly logLength: number;
}

export interface World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly coverage: Coverage;
  readonly faults: Faults;
  readonly log: InMemoryEventStore;
  /** On the database's own time. */
  readonly ledger: WorkLedger;
  readonly queue: SimulatedQueue;
  readonly effects: Effect[];
  readonly requests: SentRequest[];
  readonly mutation: Mutation | undefined;
  logLength(): number;
  /** How many turns the log shows as open. */
  openTurns(): number;
  /** A text that nothing else in this simulation holds. */
  token(): string;
}

const turnEnds: ReadonlySet<string> = new Set(['TurnCompleted', 'TurnFailed', 'TurnCancelled', 'TurnRolledBack']);

export const createWorld = (seed: number, mutation: Mutation | undefined): World => {
  const random = createRandom(`seed ${seed}`);
  const coverage = createCoverage();
  const faults = createFaults(random.fork('faults'), coverage);
  const scheduler = createScheduler(Date.parse('2026-01-01T00:00:00.000Z'));
  const memory = createInMemoryEventStore();
  let length = 0;
  let openTurns = 0;
  let tokens = 0;
  const log: InMemoryEventStore = {
    ...memory,
    append: async (append) => {
      const result = await memory.append(append);
      if (result.type !== 'appended') return result;
      length += append.events.length;
      for (const { type } of append.events) openTurns += type === 'TurnStarted' ? 1 : turnEnds.has(type) ? -1 : 0;
      return result;
    },
  };
  return {
    random,
    scheduler,
    coverage,
    faults,
    log,
    ledger: createInMemoryWorkLedger(log, () => new Date(scheduler.now()).toISOString()),
    queue: createSimulatedQueue({ scheduler, coverage, faults, random: random.fork('queue') }),
    effects: [],
    requests: [],
    mutation,
    logLength: () => length,
    openTurns: () => openTurns,
    token: () => `<<${++tokens}>>`,
  };
};
