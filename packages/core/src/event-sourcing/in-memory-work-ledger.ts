// Open work and leases in memory, on the clock that it is given.

import { addMs } from '../conversation/time.ts';
import type { WorkLedger } from '../ports/work-ledger.ts';
import type { InMemoryEventStore } from './in-memory-event-store.ts';

export interface InMemoryWorkLedger extends WorkLedger {
  /** When the lease of this worker ends or ended; undefined where it has none. */
  leaseEnd(worker: string): string | undefined;
}

/** `now` gives an ISO time; such times compare as text. */
export const createInMemoryWorkLedger = (store: InMemoryEventStore, now: () => string): InMemoryWorkLedger => {
  const leases = new Map<string, string>();
  const rows = () => store.heads().flatMap(({ id, work }) => [...work.values()].map((one) => ({ conversationId: id, ...one })));
  const oldestFirst = (a: { readonly dueAt: string }, b: { readonly dueAt: string }): number =>
    a.dueAt < b.dueAt ? -1 : Number(a.dueAt > b.dueAt);
  return {
    due: async (limit) =>
      rows()
        .filter(({ claim, dueAt }) => claim === undefined && dueAt <= now())
        .sort(oldestFirst)
        .slice(0, limit)
        .map(({ conversationId, step, attempt }) => ({ conversationId, step, attempt })),
    orphaned: async (limit) =>
      rows()
        .sort(oldestFirst)
        .flatMap(({ conversationId, step, attempt, claim, worker }) =>
          claim !== undefined && worker !== undefined && (leases.get(worker) ?? '') <= now()
            ? [{ conversationId, step, attempt, claim }]
            : [],
        )
        .slice(0, limit),
    renewLease: async (worker, ttlMs) => {
      leases.set(worker, addMs(now(), ttlMs));
      return rows().flatMap((row) => (row.worker === worker && row.claim !== undefined ? [row.claim] : []));
    },
    endLease: async (worker) => {
      leases.delete(worker);
    },
    leaseEnd: (worker) => leases.get(worker),
  };
};
