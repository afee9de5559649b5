// What all processes of one simulation share: the log, the ledger and the queue, the outside, time and chance.

import { type Append, createInMemoryWorkLedger, type WorkLedger } from '@turnlog/core';
import { type Coverage, createCoverage } from './coverage.ts';
import { createFaults, type Faults } from './faults.ts';
import type { Mutation } from './mutations.ts';
import { createRandom, type Random } from './random.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { createSimulatedHints, type SimulatedHints } from './simulated-hints.ts';
import { createSimulatedLog, type SimulatedLog } from './simulated-log.ts';
import { createSimulatedQueue, type SimulatedQueue } from './simulated-queue.ts';

/** One time that a tool ran: what the world outside has felt. */
export interface Effect {
  readonly effectId: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly worker: string;
  /** How many events had been committed at that moment. */
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
  readonly log: SimulatedLog;
  /** On the database's own time. */
  readonly ledger: WorkLedger;
  readonly queue: SimulatedQueue;
  readonly hints: SimulatedHints;
  readonly effects: Effect[];
  readonly requests: SentRequest[];
  /** Ids of the forks that people asked for; some may never come to be. */
  readonly forks: string[];
  /** What these were to be forked from. */
  readonly parents: string[];
  /** Whether anybody has anything erased here. */
  readonly erases: boolean;
  readonly mutation: Mutation | undefined;
  logLength(): number;
  /** In how many conversations the log shows an open turn. */
  openTurns(): number;
  /** A text that nothing else in this simulation holds. */
  token(): string;
}

const turnEnds: ReadonlySet<string> = new Set([
  'TurnCompleted',
  'TurnFailed',
  'TurnCancelled',
  'TurnRolledBack',
  'ConversationErased',
]);

/** Keeps the conversations in which a turn is open. */
const noteTurns = (open: Set<string>, { conversationId, events }: Append): void => {
  for (const { type } of events) {
    if (type === 'TurnStarted') open.add(conversationId);
    else if (turnEnds.has(type)) open.delete(conversationId);
  }
};

export const createWorld = (seed: number, mutation: Mutation | undefined): World => {
  const random = createRandom(`seed ${seed}`);
  const coverage = createCoverage();
  const faults = createFaults(random.fork('faults'), coverage);
  const scheduler = createScheduler(Date.parse('2026-01-01T00:00:00.000Z'));
  const store = createSimulatedLog({ scheduler, coverage, faults, random: random.fork('log'), mutation });
  const open = new Set<string>();
  let tokens = 0;
  const log: SimulatedLog = {
    ...store,
    append: async (append) => {
      const result = await store.append(append);
      if (result.type === 'appended') noteTurns(open, append);
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
    hints: createSimulatedHints({ scheduler, faults, random: random.fork('hints') }),
    effects: [],
    requests: [],
    forks: [],
    parents: [],
    erases: random.fork('erasures').chance(0.7),
    mutation,
    logLength: () => log.committed.length,
    openTurns: () => open.size,
    token: () => `<<${++tokens}>>`,
  };
};
