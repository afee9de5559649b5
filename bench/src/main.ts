// `npm run bench`: what the engine costs beside the limits of the same machine. Compare figures of one run only, by ratio:
// machines differ, and throttle.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrate, startEmbeddedPostgres } from '@turnlog/db';
import { benchExport } from './bench-export.ts';
import { benchSteps } from './bench-steps.ts';
import { benchTurns } from './bench-turns.ts';
import { startRedis } from './start-redis.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    turns: { type: 'string', default: '1000' },
    steps: { type: 'boolean', default: false },
    export: { type: 'boolean', default: false },
    conversations: { type: 'string', default: '20000' },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const help = `npm run bench -- [flags]
  --rounds N         interleaved rounds; medians are reported (default 3)
  --turns N          turns of a round at 50 in flight; a tenth of it at 1 (default 1000)
  --steps            only what step 1,000 of a conversation costs beside step 10
  --export           only the export of many conversations as sft rows in Parquet, which are generated first
  --conversations N  how many, of 50 events each (default 20000)
  --json             print JSON instead of tables
  --out FILE         write the JSON to a file too
BENCH_DATABASE_URL uses a Postgres of yours instead of an embedded one (with --export an empty database);
BENCH_REDIS_URL a Redis.`;

const measure = async (url: string, dir: string): Promise<Record<string, unknown>> => {
  if (flags.export) return { export: await benchExport(url, Number(flags.conversations)) };
  if (flags.steps) return benchSteps(url, Number(flags.rounds));
  const redis = process.env.BENCH_REDIS_URL ? { url: process.env.BENCH_REDIS_URL, stop: () => {} } : await startRedis(dir);
  if (redis === undefined) process.stderr.write('SKIPPED: the Redis backend; redis-server is not installed.\n');
  try {
    const turns = await benchTurns({ url, redisUrl: redis?.url, rounds: Number(flags.rounds), turns: Number(flags.turns) });
    return { ...turns, ...(await benchSteps(url, Number(flags.rounds))) };
  } finally {
    redis?.stop();
  }
};

const print = ({ turns, steps, ratio, rawCommitsPerSecond, export: exported }: Record<string, unknown>): void => {
  process.stdout.write(`Node ${process.version}, ${cpus().length} CPUs\n`);
  if (turns !== undefined) {
    process.stdout.write(
      `Turns, medians of ${flags.rounds} interleaved rounds; raw limit ${rawCommitsPerSecond} single-row commits/s at 50 clients\n`,
    );
    console.table(turns);
  }
  if (steps !== undefined) {
    process.stdout.write(
      `A model step and a tool step, early and late in one conversation: step 1,000 costs ${ratio} × step 10\n`,
    );
    console.table(steps);
  }
  if (exported !== undefined) console.table([exported]);
};

const main = async () => {
  if (flags.help) return void process.stdout.write(`${help}\n`);
  const dir = await mkdtemp(join(tmpdir(), 'turnlog-bench-'));
  const given = process.env.BENCH_DATABASE_URL;
  const postgres = given === undefined ? await startEmbeddedPostgres({ dataDir: dir }) : undefined;
  const end = async () => {
    await postgres?.stop();
    await rm(dir, { recursive: true, force: true });
  };
  // Postgres does not end with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end().finally(() => process.exit(130)));
  try {
    const url = given ?? postgres?.url ?? '';
    await migrate(url);
    const figures = { node: process.version, cpus: cpus().length, ...(await measure(url, dir)) };
    const json = `${JSON.stringify(figures, null, 2)}\n`;
    if (flags.out !== undefined) await writeFile(flags.out, json);
    if (flags.json) process.stdout.write(json);
    else print(figures);
  } finally {
    await end();
  }
};

await main();
process.exit(0);
