// What befalls whole processes, the queue and the database, at any moment.

import type { Cluster } from './cluster.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Does one of them every few seconds until the faults stop. */
export const causeChaos = async (world: World, cluster: Cluster, random: Random): Promise<void> => {
  const { scheduler, coverage, faults, queue } = world;
  const pick = <P extends { readonly process: { isAlive(): boolean } }>(list: readonly P[]) =>
    list.length === 0 ? undefined : random.pick(list);
  const living = <P extends { readonly process: { isAlive(): boolean } }>(list: readonly P[]) =>
    pick(list.filter(({ process }) => process.isAlive()));
  const kinds = {
    wipe: () => queue.wipe(),
    crash: () => {
      const worker = living(cluster.workers);
      if (worker === undefined) return;
      coverage.count('crash at any moment');
      worker.process.crash();
    },
    crashApi: () => {
      const api = living(cluster.apis);
      if (api === undefined) return;
      coverage.count('crash of an API process');
      api.process.crash();
    },
    pause: () => {
      const worker = living(cluster.workers);
      if (worker === undefined) return;
      const pauseMs = random.between(6_500, 15_000);
      coverage.count('worker paused beyond its lease');
      worker.process.pause(pauseMs);
      if (random.chance(0.5)) scheduler.after(random.between(2_000, 6_000), () => queue.stall(worker.process));
    },
    stop: () => {
      const worker = living(cluster.workers);
      if (worker === undefined) return;
      coverage.count('worker stopped in order');
      worker.stop();
    },
    database: () => {
      coverage.count('database away');
      faults.setDatabaseAway(true);
      scheduler.after(random.between(1_000, 12_000), () => faults.setDatabaseAway(false));
    },
  };
  const known = Object.values(kinds).filter(() => random.chance(0.6));
  const everyMs = random.between(1_500, 8_000);
  while (!faults.isStopped() && known.length > 0) {
    await scheduler.sleep(random.between(everyMs / 2, everyMs * 1.5));
    if (!faults.isStopped()) random.pick(known)();
  }
};
