// Once a second: renew the lease, abort what the log no longer grants, end what this worker no longer performs, add what is
// due and not in the queue, and lose the attempts of workers whose lease has ended. This alone makes the queue disposable. Once a
// minute: finish the erasures that were cut short.

import { CommandRejected, type DueWork, finishErasures, jobId, type OrphanedAttempt } from '@turnlog/core';
import type { ActiveAttempts, Ending } from './active-attempts.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

/** A worker that is silent for this long has lost its attempts. Three renewals fit in. */
export const leaseTtlMs = 6_000;
const batch = 1_000;
/** Jobs that were just added need time to be taken; adding them again is harmless but not free. */
const addedAgainAfterMs = 3_000;
/** An erasure that is not done by then is mostly nobody's any more. */
const erasureMs = 60_000;
const erasuresAtOnce = 20;

export interface Reconciler {
  /** One pass. Rejects when the database or the queue cannot be reached; the next pass starts afresh. */
  tick(): Promise<void>;
}

export const createReconciler = (dependencies: WorkerDependencies, active: ActiveAttempts): Reconciler => {
  const { ledger, queue, mcpSessions, log } = dependencies;
  const recentlyAdded = new Map<string, number>();
  /** Leases of others could not be renewed either while the database was away: nobody is lost before all had a chance. */
  let contactSince: number | undefined;
  let erasuresAt = 0;
  let isErasing = false;

  const renew = async () => {
    const confirmed = active.confirmed();
    const granted = new Set(await renewLease(dependencies));
    for (const claim of confirmed) if (!granted.has(claim)) active.abort(claim);
    for (const [claim, ending] of active.forsaken()) {
      if (!granted.has(claim)) continue;
      await end(dependencies.engine, ending);
      active.settle(claim);
    }
  };

  const addDue = async (now: number) => {
    for (const [id, at] of recentlyAdded) if (now - at > addedAgainAfterMs) recentlyAdded.delete(id);
    const due = (await ledger.due(batch)).filter((work) => !recentlyAdded.has(jobId(work)));
    if (due.length === 0) return;
    await queue.add(due.map(({ conversationId, step, attempt }: DueWork) => ({ conversationId, step, attempt })));
    for (const work of due) recentlyAdded.set(jobId(work), now);
  };

  /** Beside the ticks: a long conversation takes longer to erase than a lease lasts. */
  const finishAbandonedErasures = async (now: number) => {
    if (isErasing || now - erasuresAt < erasureMs) return;
    [isErasing, erasuresAt] = [true, now];
    const [toldBefore, at] = [now - erasureMs, now].map((time) => new Date(time).toISOString()) as [string, string];
    try {
      for (const { id, ...outcome } of await finishErasures(dependencies, { toldBefore, now: at, limit: erasuresAtOnce })) {
        if ('error' in outcome) log.warn({ conversationId: id, err: outcome.error }, 'an erasure is still not finished');
        else log.warn({ conversationId: id, ...outcome.result }, 'an erasure had been cut short; its contents are gone now');
      }
    } catch (error) {
      log.warn({ err: error }, 'erasures that were cut short could not be looked for');
    } finally {
      isErasing = false;
    }
  };

  return {
    tick: async () => {
      const now = Date.parse(dependencies.now());
      try {
        await renew();
        contactSince ??= now;
        if (now - contactSince >= leaseTtlMs) await loseOrphans(dependencies);
        await mcpSessions?.tick();
        await addDue(now);
        void finishAbandonedErasures(now);
      } catch (error) {
        contactSince = undefined;
        throw error;
      }
    },
  };
};

/** The lease lasts from before the request was sent, by the clock of whoever has to end with it. */
export const renewLease = async ({ ledger, workerId, mcpSessions }: WorkerDependencies): Promise<readonly string[]> => {
  const renewed = mcpSessions?.renewing(leaseTtlMs);
  const granted = await ledger.renewLease(workerId, leaseTtlMs);
  renewed?.();
  return granted;
};

const loseOrphans = async ({ ledger, engine, mcpSessions, workerQueues, log }: WorkerDependencies): Promise<void> => {
  for (const { conversationId, step, attempt, claim } of await ledger.orphaned(batch)) {
    log.warn({ conversationId, step, attempt }, 'the worker of this attempt is gone');
    await end(engine, lossOf({ conversationId, step, attempt, claim }));
  }
  // What waits in the queue of such a worker is due in the log: `addDue` brings it to all.
  for (const worker of (await mcpSessions?.loseOrphans()) ?? [])
    await workerQueues?.drop(worker).catch((error: unknown) => log.debug({ err: error, worker }, 'its queue stays'));
};

const lossOf = ({ conversationId, step, attempt, claim }: OrphanedAttempt): Ending => ({
  command: {
    type: 'RecordFailure',
    step,
    attempt,
    claim,
    sent: true,
    failure: { kind: 'lost', message: 'The worker stopped before it could tell the outcome.' },
  },
  envelope: { conversationId, commandId: `LoseAttempt:${claim}` },
});

const end = async (engine: WorkerDependencies['engine'], { command, envelope }: Ending): Promise<void> => {
  try {
    await engine.handle(command, envelope);
  } catch (error) {
    if (!(error instanceof CommandRejected)) throw error;
  }
};
