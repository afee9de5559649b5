// `npm run bench`: turns a second on both backends beside the raw commit limit of the same Postgres, in one interleaved
// run. Compare figures of one run only, by ratio: machines differ, and throttle.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrate, startEmbeddedPostgres } from '@turnlog/db';
import type { QueueBackend } from '@turnlog/queue';
import { startBenchEngine } from './bench-engine.ts';
import { measureCommits } from './measure-commits.ts';
import { measureTurns, type TurnFigures } from './measure-turns.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    turns: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const help = `npm run bench -- [flags]
  --rounds N   interleaved rounds; medians are reported (default 3)
  --turns N    turns of a round at 50 in flight; a tenth of it at 1 (default 1000)
  --json       print JSON instead of a table
  --out FILE   write the JSON to a file too
BENCH_DATABASE_URL uses a Postgres of yours instead of an embedded one; BENCH_REDIS_URL a Redis.`;

interface Figures {
  readonly backend: 'postgres' | 'redis';
  readonly inFlight: number;
  readonly rounds: readonly TurnFigures[];
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });

/** A Redis of our own for the time of the run; undefined where the program is not installed. */
const startRedis = async (dir: string): Promise<{ readonly url: string; readonly stop: () => void } | undefined> => {
  const port = await freePort();
  const child = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'yes',
      '--dir',
      dir,
      '--maxmemory-policy',
      'noeviction',
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const isReady = await new Promise<boolean>((resolve) => {
    child.on('error', () => resolve(false));
    child.on('exit', () => resolve(false));
    child.stdout.on('data', (chunk: Buffer) => chunk.includes('Ready to accept') && resolve(true));
  });
  return isReady ? { url: `redis://127.0.0.1:${port}/0`, stop: () => void child.kill() } : undefined;
};

const measureAll = async (url: string, redisUrl: string | undefined) => {
  const backends: readonly QueueBackend[] = [
    { kind: 'postgres', url },
    ...(redisUrl ? [{ kind: 'redis' as const, url: redisUrl }] : []),
  ];
  const commits: number[] = [];
  const figures = backends.flatMap(({ kind }) =>
    [1, 50].map((inFlight) => ({ backend: kind, inFlight, rounds: [] as TurnFigures[] })),
  );
  for (let round = 0; round < Number(flags.rounds); round++) {
    process.stderr.write(`round ${round + 1} of ${flags.rounds}\n`);
    commits.push(await measureCommits(url, 50, 2_000));
    for (const backend of backends) {
      const bench = await startBenchEngine(url, backend);
      try {
        await measureTurns(bench, 50, 10);
        for (const each of figures.filter((figure) => figure.backend === backend.kind))
          each.rounds.push(await measureTurns(bench, Number(flags.turns) / (each.inFlight === 1 ? 10 : 1), each.inFlight));
      } finally {
        await bench.stop();
      }
    }
  }
  return { commits, figures };
};

const summarise = (commits: readonly number[], figures: readonly Figures[]) => {
  const commitsPerSecond = median(commits);
  return {
    node: process.version,
    cpus: cpus().length,
    rounds: Number(flags.rounds),
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
  };
};

const main = async () => {
  if (flags.help) return void process.stdout.write(`${help}\n`);
  const dir = await mkdtemp(join(tmpdir(), 'turnlog-bench-'));
  const given = process.env.BENCH_DATABASE_URL;
  const postgres = given === undefined ? await startEmbeddedPostgres({ dataDir: dir }) : undefined;
  const redis = process.env.BENCH_REDIS_URL ? { url: process.env.BENCH_REDIS_URL, stop: () => {} } : await startRedis(dir);
  if (redis === undefined) process.stderr.write('SKIPPED: the Redis backend; redis-server is not installed.\n');
  try {
    const url = given ?? postgres?.url ?? '';
    await migrate(url);
    const { commits, figures } = await measureAll(url, redis?.url);
    const summary = summarise(commits, figures);
    const json = `${JSON.stringify(summary, null, 2)}\n`;
    if (flags.out !== undefined) await writeFile(flags.out, json);
    if (flags.json) return void process.stdout.write(json);
    process.stdout.write(
      `Node ${summary.node}, ${summary.cpus} CPUs, medians of ${summary.rounds} interleaved rounds; raw limit ${summary.rawCommitsPerSecond} single-row commits/s at 50 clients\n`,
    );
    console.table(summary.turns);
  } finally {
    redis?.stop();
    await postgres?.stop();
    await rm(dir, { recursive: true, force: true });
  }
};

await main();
process.exit(0);
