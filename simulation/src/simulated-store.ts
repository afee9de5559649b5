// The shared log as one process reaches it: over a wire that is slow, breaks, and loses answers.

import type { Erasure, EventStore, JobQueue, WorkLedger } from '@turnlog/core';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

const database = { database: true } as const;

export const storeOf = ({ log }: World, process: SimulatedProcess): EventStore => ({
  append: (append) => process.call('append', () => log.append(append), database),
  read: (id, range) => process.call('read', () => log.read(id, range), database),
  findCommand: (id, commandId) => process.call('find command', () => log.findCommand(id, commandId), database),
  readAll: (cursor, limit) => process.call('read', () => log.readAll(cursor, limit), database),
});

export const erasureOf = ({ log, mutation, coverage }: World, process: SimulatedProcess): Erasure => ({
  readersOf: (id) => process.call('read', () => log.readersOf(id), database),
  erase: (id) => process.call('erase', () => log.erase(id), database),
  takeUnfinished: async (options) => {
    if (mutation === 'no-reconciler') return [];
    const left = await process.call('read', () => log.takeUnfinished(options), database);
    coverage.count('erasure cut short, and finished by a worker', left.length);
    return left;
  },
});

export const ledgerOf = ({ ledger, mutation }: World, process: SimulatedProcess): WorkLedger => ({
  due: async (limit) => (mutation === 'no-reconciler' ? [] : process.call('due work', () => ledger.due(limit), database)),
  orphaned: async (limit) =>
    mutation === 'no-reconciler' ? [] : process.call('orphaned work', () => ledger.orphaned(limit), database),
  renewLease: (worker, ttlMs) => process.call('renew lease', () => ledger.renewLease(worker, ttlMs), database),
  endLease: (worker) => process.call('renew lease', () => ledger.endLease(worker), database),
});

export const queueOf = ({ queue }: World, process: SimulatedProcess): JobQueue => ({
  add: (jobs) => (jobs.length === 0 ? Promise.resolve() : process.call('add jobs', async () => queue.add(jobs))),
  close: async () => {},
});
