// One thread of a simulation of many seeds: is given seeds, and gives back what became of each.

import { parentPort, workerData } from 'node:worker_threads';
import type { Mutation } from './mutations.ts';
import { simulate } from './simulate.ts';
import { type SeedResult, toSeedResult } from './simulate-seeds.ts';

const { mutation } = workerData as { readonly mutation: Mutation | undefined };

parentPort?.on('message', async ({ from, to }: { readonly from: number; readonly to: number }) => {
  const results: SeedResult[] = [];
  for (let seed = from; seed < to; seed++) results.push(toSeedResult(await simulate(seed, mutation)));
  parentPort?.postMessage(results);
});
