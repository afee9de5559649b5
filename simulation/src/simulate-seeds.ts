// Many seeds over all cores. A seed's log depends on the seed alone, and what is told of all of them is put together in the order
// of the seeds, so the number of threads changes nothing but the time.

import { Worker } from 'node:worker_threads';
import { type Coverage, createCoverage } from './coverage.ts';
import type { Mutation } from './mutations.ts';
import type { Simulation } from './simulate.ts';
import { sha256 } from './simulated-model.ts';

/** What crosses from a thread: the log itself stays there. */
export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly events: number;
  readonly virtualMs: number;
  readonly fingerprint: string;
  readonly counts: readonly number[];
}

export interface SeedsReport {
  readonly coverage: Coverage;
  readonly failed: readonly SeedResult[];
  readonly events: number;
  readonly virtualMs: number;
  /** sha256 over the fingerprints of all logs, in the order of the seeds. */
  readonly fingerprint: string;
}

export interface Seeds {
  readonly from: number;
  readonly seeds: number;
  readonly threads: number;
  readonly mutation?: Mutation | undefined;
  /** Told in the order in which they end. */
  readonly onResult: (result: SeedResult) => void;
}

/** Long enough that threads seldom wait for the next, short enough that they end together. */
const seedsAtOnce = 5;

export const toSeedResult = ({ seed, violations, log, virtualMs, fingerprint, coverage }: Simulation): SeedResult => ({
  seed,
  violations,
  events: log.length,
  virtualMs,
  fingerprint,
  counts: coverage.counts(),
});

export const simulateSeeds = async ({ from, seeds, threads, mutation, onResult }: Seeds): Promise<SeedsReport> => {
  const end = from + seeds;
  let next = from;
  const results: SeedResult[] = [];
  const take = () => {
    const part = { from: next, to: Math.min(next + seedsAtOnce, end) };
    next = part.to;
    return part.from < end ? part : undefined;
  };
  const onResults = (some: readonly SeedResult[]) => {
    results.push(...some);
    for (const result of some) onResult(result);
  };
  const count = Math.min(threads, Math.ceil(seeds / seedsAtOnce));
  await Promise.all(Array.from({ length: count }, () => workOff(mutation, take, onResults)));
  return reportOn(results.sort((a, b) => a.seed - b.seed));
};

/** One thread, from its first seeds until none are left. */
const workOff = (
  mutation: Mutation | undefined,
  take: () => { readonly from: number; readonly to: number } | undefined,
  onResults: (results: readonly SeedResult[]) => void,
): Promise<void> => {
  const thread = new Worker(new URL('./seed-thread.js', import.meta.url), { workerData: { mutation } });
  return new Promise<void>((resolve, reject) => {
    const goOn = () => {
      const part = take();
      if (part === undefined) resolve();
      else thread.postMessage(part);
    };
    thread.on('message', (results: readonly SeedResult[]) => {
      onResults(results);
      goOn();
    });
    thread.on('error', reject);
    thread.on('exit', (code) => reject(new Error(`A thread of the simulation ended with exit code ${code}.`)));
    goOn();
  }).finally(() => thread.terminate());
};

const reportOn = (results: readonly SeedResult[]): SeedsReport => {
  const coverage = createCoverage();
  for (const { counts } of results) coverage.addCounts(counts);
  return {
    coverage,
    failed: results.filter(({ violations }) => violations.length > 0),
    events: results.reduce((sum, { events }) => sum + events, 0),
    virtualMs: results.reduce((sum, { virtualMs }) => sum + virtualMs, 0),
    fingerprint: sha256(results.map(({ fingerprint }) => fingerprint).join('\n')),
  };
};
