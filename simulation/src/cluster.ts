// The processes of one simulation: several workers and API processes, each with an engine, a cache and a clock of its own.
// Whatever dies is started again after a while, under a new name.

import type { Random } from './random.ts';
import { type SimulatedApi, startApi } from './simulated-api.ts';
import { type EngineProcess, type SimulatedWorker, startSimulatedWorker } from './simulated-worker.ts';
import type { World } from './world.ts';

export interface Cluster {
  readonly workers: readonly SimulatedWorker[];
  readonly apis: readonly SimulatedApi[];
  /** Everything that lives now. */
  all(): readonly EngineProcess[];
}

export const startCluster = (world: World, random: Random): Cluster => {
  const workers: SimulatedWorker[] = [];
  const apis: SimulatedApi[] = [];
  const skewMs = () => {
    const skew = random.chance(0.5) ? 0 : random.chance(0.2) ? random.between(-60_000, 60_000) : random.between(-3_000, 3_000);
    if (skew !== 0) world.coverage.count('clock of a process is wrong');
    return skew;
  };
  let started = 0;
  /** Keeps one process alive in this place of the list. */
  const keep = <P extends EngineProcess>(list: P[], place: number, start: (name: string, skewMs: number) => P) => {
    started += 1;
    const one = start(`process-${started}`, skewMs());
    list[place] = one;
    one.process.onCrash(() => world.scheduler.after(random.between(300, 9_000), () => keep(list, place, start)));
  };
  for (let place = random.between(2, 3); place-- > 0; )
    keep(workers, workers.length, (name, skew) => startSimulatedWorker(world, name, skew));
  for (let place = random.between(1, 2); place-- > 0; ) keep(apis, apis.length, (name, skew) => startApi(world, name, skew));
  return { workers, apis, all: () => [...workers, ...apis].filter(({ process }) => process.isAlive()) };
};
