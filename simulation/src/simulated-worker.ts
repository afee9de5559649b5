// A worker process: the real performer and reconciler on virtual time. When it dies, another one starts in its place.

import { createEngine, type Engine, type LiveFeed } from '@turnlog/core';
import {
  abortOnHints,
  createActiveAttempts,
  createPerformer,
  createReconciler,
  createToolSchemas,
  leaseTtlMs,
} from '@turnlog/worker/internals';
import { pino } from 'pino';
import { mutateEngine } from './mutations.ts';
import { createSimulatedModel, sha256 } from './simulated-model.ts';
import { createSimulatedProcess, type SimulatedProcess } from './simulated-process.ts';
import { erasureOf, ledgerOf, queueOf, storeOf } from './simulated-store.ts';
import { createSimulatedTools } from './simulated-tools.ts';
import type { World } from './world.ts';

const log = pino({ level: 'silent' });
const tickMs = 1_000;
/** Pure, so all worlds share it: compiling schemas anew in each process would be most of the work. */
const schemas = createToolSchemas();

/** A process with an engine and a cache of its own. */
export interface EngineProcess {
  readonly process: SimulatedProcess;
  readonly engine: Engine;
}

export interface SimulatedWorker extends EngineProcess {
  /** As on SIGTERM: attempts in hand are aborted and recorded, then the lease ends. */
  stop(): void;
}

export const createProcessEngine = (world: World, process: SimulatedProcess): Engine =>
  createEngine({
    store: storeOf(world, process),
    now: process.now,
    sha256,
    dispatch: (jobs) => queueOf(world, process).add(jobs),
    announce: world.hints.announce,
  });

/** Live deltas are decoration: nobody listens to them here. */
const feedOf = ({ hints }: World, process: SimulatedProcess): LiveFeed => ({
  publish: () => {},
  subscribe: () => () => {},
  subscribeToVersions: (listener) => {
    hints.listen(process, listener);
    return () => {};
  },
  close: async () => {},
});

export const startSimulatedWorker = (world: World, name: string, skewMs: number): SimulatedWorker => {
  const random = world.random.fork(name);
  const process = createSimulatedProcess(world, name, skewMs, random.fork('process'));
  const engine = mutateEngine(world, process, createProcessEngine(world, process));
  const active = createActiveAttempts();
  const ledger = ledgerOf(world, process);
  const shutdown = new AbortController();
  const claims = random.fork('claims');
  const dependencies = {
    workerId: name,
    engine,
    ledger,
    erasure: erasureOf(world, process),
    queue: queueOf(world, process),
    feed: feedOf(world, process),
    models: createSimulatedModel(world, process, random.fork('model')),
    tools: createSimulatedTools(world, process, random.fork('tools')),
    schemas,
    store: storeOf(world, process),
    catalogue: { put: async () => {}, all: async () => [] },
    servers: ['desk'],
    consume: async () => ({ stop: async () => {} }),
    newClaim: claims.id,
    now: process.now,
    sha256,
    log,
  };
  abortOnHints(dependencies, active);
  const perform = createPerformer(dependencies, active);
  const reconciler = createReconciler(dependencies, active);

  const reconcile = async () => {
    while (process.isAlive() && !shutdown.signal.aborted) {
      await reconciler.tick().catch(() => undefined);
      await process.sleep(tickMs);
    }
  };
  let stopConsuming = () => {};
  const live = async () => {
    while (
      !(await ledger.renewLease(name, leaseTtlMs).then(
        () => true,
        () => false,
      ))
    )
      await process.sleep(tickMs);
    stopConsuming = world.queue.consume({ process, perform: (job) => perform(job, shutdown.signal), concurrency: 4 });
    await reconcile();
  };
  void live();

  const stop = async () => {
    stopConsuming();
    shutdown.abort(new Error('The worker stops.'));
    await process.sleep(2_000);
    await ledger.endLease(name).catch(() => undefined);
    process.crash();
  };
  return { process, engine, stop: () => process.deliver(() => void stop()) };
};
