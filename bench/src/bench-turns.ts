// Turns a second on both backends beside the raw commit limit of the same Postgres, in one interleaved run.

import { randomUUID } from 'node:crypto';
import type { QueueBackend } from '@turnlog/queue';
import { startBenchEngine } from './bench-engine.ts';
import { measureCommits } from './measure-commits.ts';
import { measureTurns, type TurnFigures } from './measure-turns.ts';
import { median } from './median.ts';

export interface TurnOptions {
  readonly url: string;
  readonly redisUrl: string | undefined;
  readonly rounds: number;
  /** Of a round, at 50 in flight; a tenth of it at 1. */
  readonly turns: number;
}

interface Figures {
  readonly backend: QueueBackend['kind'];
  readonly inFlight: number;
  readonly rounds: TurnFigures[];
}

export const benchTurns = async ({ url, redisUrl, rounds, turns }: TurnOptions) => {
  const backends: readonly QueueBackend[] = [
    { kind: 'postgres', url },
    ...(redisUrl ? [{ kind: 'redis' as const, url: redisUrl, database: randomUUID() }] : []),
  ];
  const commits: number[] = [];
  const figures = backends.flatMap(({ kind }) => [1, 50].map((inFlight): Figures => ({ backend: kind, inFlight, rounds: [] })));
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    commits.push(await measureCommits(url, 50, 2_000));
    for (const backend of backends) {
      const bench = await startBenchEngine(url, backend);
      try {
        await measureTurns(bench, 50, 10);
        for (const each of figures.filter((figure) => figure.backend === backend.kind))
          each.rounds.push(await measureTurns(bench, turns / (each.inFlight === 1 ? 10 : 1), each.inFlight));
      } finally {
        await bench.stop();
      }
    }
  }
  return summarise(median(commits), figures);
};

const summarise = (commitsPerSecond: number, figures: readonly Figures[]) => ({
  rawCommitsPerSecond: Math.round(commitsPerSecond),
  turns: figures.map(({ backend, inFlight, rounds }) => {
    const of = (pick: (figure: TurnFigures) => number) => Number(median(rounds.map(pick)).toFixed(1));
    const turnsPerSecond = of((figure) => figure.turnsPerSecond);
    return {
      backend,
      inFlight,
      turnsPerSecond,
      jobsPerSecond: of((figure) => figure.jobsPerSecond),
      p50Ms: of((figure) => figure.p50Ms),
      p99Ms: of((figure) => figure.p99Ms),
      rawCommitsPerTurn: Number((commitsPerSecond / turnsPerSecond).toFixed(1)),
    };
  }),
});
