// The worker's life: lease first, then jobs; on stop, jobs first, then servers, then the lease.

import type { ConversationState, Engine } from '@turnlog/core';
import { type ActiveAttempts, createActiveAttempts } from './active-attempts.ts';
import { everySecond } from './every-second.ts';
import { createPerformer } from './perform-attempt.ts';
import { createReconciler, renewLease } from './reconcile.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

export interface Worker {
  /** Stops taking jobs, lets those in hand end for `graceMs`, aborts the rest and records it. Calling it twice is safe. */
  stop(graceMs: number): Promise<void>;
}

export const startWorker = async (dependencies: WorkerDependencies): Promise<Worker> => {
  const { ledger, workerId, tools, log } = dependencies;
  const active = createActiveAttempts();
  await renewLease(dependencies);
  const reconciling = everySecond(createReconciler(dependencies, active).tick, (error) =>
    log.warn({ err: error }, 'cannot reconcile; trying again'),
  );
  const unsubscribe = abortOnHints(dependencies, active);
  const consumer = await dependencies.consume(createPerformer(dependencies, active));
  const listing = new AbortController();
  void fillCatalogue(dependencies, listing.signal);

  const stop = async (graceMs: number) => {
    listing.abort();
    await consumer.stop(graceMs);
    await active.stop();
    unsubscribe();
    await reconciling.stop();
    await dependencies.mcpSessions?.stop();
    await tools.close();
    await ledger.endLease(workerId).catch((error: unknown) => log.warn({ err: error }, 'the lease runs out by itself'));
  };
  let stopping: Promise<void> | undefined;
  return {
    stop: (graceMs) => {
      stopping ??= stop(graceMs);
      return stopping;
    },
  };
};

/** A hint that a conversation moved may mean that its turn was cancelled, or that it was erased: look at once, not at the next tick. */
export const abortOnHints = ({ feed, engine, mcpSessions, log }: WorkerDependencies, active: ActiveAttempts): (() => void) =>
  feed.subscribeToVersions((conversationId, version) => {
    const held = active.claimsOf(conversationId);
    if (held.length === 0 && !mcpSessions?.has(conversationId)) return;
    stateAtLeast(engine, conversationId, version)
      .then(({ turn, phase }) => {
        const granted = new Set(turn?.steps.map((step) => step.claim));
        for (const { claim } of held) if (!granted.has(claim)) active.abort(claim);
        return phase === 'erased' ? mcpSessions?.endThoseOf(conversationId) : undefined;
      })
      .catch((error: unknown) => log.debug({ err: error }, 'a hint could not be followed'));
  });

/** Most hints are this process's own appends, which it knows already: only another's costs a read. */
const stateAtLeast = async (engine: Engine, conversationId: string, version: number): Promise<ConversationState> => {
  const known = await engine.load(conversationId);
  return known.version >= version ? known : engine.load(conversationId, { fresh: true });
};

const fillCatalogue = async ({ tools, catalogue, servers, now, log }: WorkerDependencies, signal: AbortSignal): Promise<void> => {
  try {
    const entries = servers.map(async (server) => {
      const listing = await tools.list([server], signal);
      return listing.type === 'listed'
        ? { server, tools: listing.tools, listedAt: now() }
        : { server, tools: [], failure: listing.failure, listedAt: now() };
    });
    const listed = await Promise.all(entries);
    if (!signal.aborted) await catalogue.put(listed);
  } catch (error) {
    log.warn({ err: error }, 'the catalogue of tools could not be filled');
  }
};
