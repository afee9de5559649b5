// Takes bulk work in turns: claim, carry on, report, let go. A worker that dies loses its lease, and with it the claim.

import { type BulkKind, type BulkLedger, type BulkQueue, StoreUnavailable } from '@turnlog/core';
import type { Logger } from 'pino';
import { everySecond } from '../every-second.ts';
import type { JobConsumer } from '../worker-dependencies.ts';
import { type BulkHold, type BulkPerformer, BulkWorkLost } from './bulk-hold.ts';

export interface BulkDependencies {
  /** The worker whose lease keeps the claims. */
  readonly workerId: string;
  /** Renews that lease, where no worker beside this does. */
  readonly keepLease?: () => Promise<void>;
  readonly bulk: BulkLedger;
  readonly queue: BulkQueue;
  readonly performers: Readonly<Partial<Record<BulkKind, BulkPerformer>>>;
  readonly consume: (perform: (id: string, signal: AbortSignal) => Promise<void>) => JobConsumer;
  readonly newClaim: () => string;
  readonly log: Logger;
}

export interface BulkWorker {
  /** Lets go of all it holds: others go on with it. */
  stop(): Promise<void>;
}

const batch = 100;
/** What failed for want of the database is tried again after so long. */
const retryMs = 2_000;

export const startBulkWork = async (dependencies: BulkDependencies): Promise<BulkWorker> => {
  const { consume, log } = dependencies;
  const held = new Set<string>();
  // Before anything is claimed: a claim without a lease is free to all.
  await dependencies.keepLease?.();
  const consumer = consume(createBulkPerformer(dependencies, held));
  const reconciling = everySecond(createBulkReconciler(dependencies, held), (error) =>
    log.warn({ err: error }, 'cannot reconcile bulk work; trying again'),
  );
  return {
    stop: async () => {
      await reconciling.stop();
      await consumer.stop(0);
    },
  };
};

/** Adds what is due again, and lets go of what this worker has lost sight of. */
export const createBulkReconciler =
  ({ workerId, bulk, queue, performers, keepLease }: BulkDependencies, held: ReadonlySet<string>) =>
  async (): Promise<void> => {
    await keepLease?.();
    await bulk.releaseOthers(workerId, [...held]);
    const due = await bulk.due(kindsOf(performers), batch);
    if (due.length > 0) await queue.add(due);
  };

export const createBulkPerformer =
  (dependencies: BulkDependencies, held: Set<string>) =>
  async (id: string, shutdown: AbortSignal): Promise<void> => {
    const { workerId, bulk, performers, newClaim } = dependencies;
    if (shutdown.aborted) return;
    const claim = newClaim();
    // Known before it is granted, so that a reconciler beside it never takes it for lost.
    held.add(claim);
    try {
      const work = await bulk.claim(id, { worker: workerId, claim, kinds: kindsOf(performers) });
      if (work === undefined) return;
      const lost = new AbortController();
      const signal = AbortSignal.any([shutdown, lost.signal]);
      const hold: BulkHold = {
        work,
        signal,
        report: async (report) => {
          const control = await bulk.report(claim, report);
          if (control !== undefined) return control;
          lost.abort(new BulkWorkLost('Another worker has this bulk work now.'));
          throw lost.signal.reason;
        },
      };
      await carryOn(dependencies, hold);
    } finally {
      held.delete(claim);
    }
  };

const kindsOf = (performers: BulkDependencies['performers']): readonly BulkKind[] => Object.keys(performers) as BulkKind[];

const carryOn = async ({ bulk, performers, log }: BulkDependencies, hold: BulkHold): Promise<void> => {
  const { work, signal } = hold;
  const perform = performers[work.kind];
  let pauseMs = retryMs;
  try {
    if (perform !== undefined) ({ pauseMs } = await perform(hold));
  } catch (error) {
    if (error instanceof BulkWorkLost) return;
    if (signal.aborted) pauseMs = 0;
    else if (error instanceof StoreUnavailable) log.warn({ err: error, id: work.id }, 'bulk work waits for the database');
    else await fail(hold, error, log);
  }
  await bulk.release(work.claim, pauseMs);
};

/** What would go wrong again is told to whoever asked for it. */
const fail = async ({ work, report }: BulkHold, error: unknown, log: BulkDependencies['log']): Promise<void> => {
  const { id, kind } = work;
  log.error({ err: error, id }, `the ${kind} failed`);
  await report({ phase: 'failed', failure: error instanceof Error ? error.message : String(error) });
};
