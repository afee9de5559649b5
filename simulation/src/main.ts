// `npm run simulate`: many seeds, or one told in full. Exit codes: 0 all held · 1 a guarantee did not, or was never tested ·
// 2 called wrongly.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { plannedFaults } from './coverage.ts';
import { type Mutation, mutations } from './mutations.ts';
import { coverageTable, logLines } from './report.ts';
import { simulate } from './simulate.ts';
import { type SeedResult, simulateSeeds } from './simulate-seeds.ts';

const help = `npm run simulate -- [flags]
  --seeds N        how many seeds (default 1000)
  --from S         the first of them (default 1)
  --seed S         one seed alone, with its whole log
  --threads T      how many threads (default: one for each core); the result is the same
  --mutation NAME  with a rule of the engine switched off, to see that it is noticed:
                   ${mutations.join(', ')}
  --json           print JSON instead of text
A failing seed is replayed by \`npm run simulate -- --seed S\`: the same seed gives the same log, byte for byte.`;

/** From here on a fault or a guarantee that was never exercised fails the run. */
const enoughSeeds = 200;

class WrongFlags extends Error {}

const readFlags = () => {
  try {
    return parseArgs({
      options: {
        seeds: { type: 'string', default: '1000' },
        from: { type: 'string', default: '1' },
        seed: { type: 'string' },
        threads: { type: 'string', default: String(availableParallelism()) },
        mutation: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new WrongFlags(error instanceof Error ? error.message : String(error));
  }
};

const wholeNumber = (flag: string, text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new WrongFlags(`${flag} takes a whole number, not ${JSON.stringify(text)}.`);
  return Number(text);
};

const atLeastOne = (flag: string, text: string, why: string): number => {
  const number = wholeNumber(flag, text);
  if (number === 0) throw new WrongFlags(`${flag} takes at least 1: ${why}`);
  return number;
};

const mutationNamed = (name: string | undefined): Mutation | undefined => {
  const found = mutations.find((mutation) => mutation === name);
  if (name !== undefined && found === undefined)
    throw new WrongFlags(`--mutation takes one of ${mutations.join(', ')}, not ${JSON.stringify(name)}.`);
  return found;
};

const replayOf = (seed: number, mutation: Mutation | undefined): string =>
  `npm run simulate -- --seed ${seed}${mutation === undefined ? '' : ` --mutation ${mutation}`}`;

interface Options {
  readonly mutation: Mutation | undefined;
  readonly isJson: boolean;
}

const simulateOne = async (seed: number, { mutation, isJson }: Options): Promise<number> => {
  const { violations, log, fingerprint, virtualMs, coverage } = await simulate(seed, mutation);
  if (isJson)
    process.stdout.write(`${JSON.stringify({ seed, violations, events: log.length, fingerprint, virtualMs, log }, null, 2)}\n`);
  else {
    for (const line of logLines(log)) process.stdout.write(`${line}\n`);
    const struck = plannedFaults.filter((fault) => coverage.of(fault) > 0).map((fault) => `${fault} (${coverage.of(fault)})`);
    process.stdout.write(`faults: ${struck.join(', ')}\n`);
    for (const violation of violations) process.stdout.write(`VIOLATION ${violation}\n`);
    process.stdout.write(
      `seed ${seed}: ${log.length} events in ${Math.round(virtualMs / 1_000)} s of virtual time, log ${fingerprint}, ${violations.length} violations\n`,
    );
  }
  return violations.length === 0 ? 0 : 1;
};

/** Told while the others go on: whoever watches can replay it at once. */
const showProgress = (seeds: number, mutation: Mutation | undefined): ((result: SeedResult) => void) => {
  const { isTTY } = process.stderr;
  let [done, failed] = [0, 0];
  return ({ seed, violations }) => {
    done += 1;
    if (violations.length > 0) {
      failed += 1;
      process.stderr.write(`${isTTY ? '\r' : ''}seed ${seed} FAILED (${replayOf(seed, mutation)}): ${violations[0]}\n`);
    }
    if (isTTY && (done % 10 === 0 || done === seeds)) process.stderr.write(`\r${done} of ${seeds} seeds, ${failed} failed`);
    if (isTTY && done === seeds) process.stderr.write('\n');
  };
};

const simulateMany = async (from: number, seeds: number, threads: number, { mutation, isJson }: Options): Promise<number> => {
  const startedAt = performance.now();
  const onResult = showProgress(seeds, mutation);
  const { coverage, failed, events, virtualMs, fingerprint } = await simulateSeeds({ from, seeds, threads, mutation, onResult });
  const missing = seeds >= enoughSeeds ? coverage.missing() : [];
  const exitCode = failed.length === 0 && missing.length === 0 ? 0 : 1;
  const table = coverageTable(coverage);
  if (isJson) {
    const failures = failed.map(({ seed, violations }) => ({ seed, violations, replay: replayOf(seed, mutation) }));
    const report = { from, seeds, events, virtualMs, fingerprint, failures, missing, coverage: Object.fromEntries(table) };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return exitCode;
  }
  for (const [name, count] of table) process.stdout.write(`${String(count).padStart(12)}  ${name}\n`);
  for (const name of missing) process.stdout.write(`NEVER EXERCISED ${name}\n`);
  for (const { seed, violations } of failed)
    process.stdout.write(`FAILED seed ${seed}: ${violations.join('; ')}\n  replay it: ${replayOf(seed, mutation)}\n`);
  process.stdout.write(`logs ${fingerprint}\n`);
  process.stdout.write(
    `${seeds} seeds from ${from}: ${failed.length} failed, ${events} events, ${Math.round(virtualMs / 3_600_000)} h of virtual time\n`,
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const speed = Math.round(virtualMs / 1_000 / seconds);
  process.stdout.write(`(${Math.round(seconds)} s on ${threads} threads, ${speed} times as fast as real time)\n`);
  return exitCode;
};

const main = async (): Promise<number> => {
  const flags = readFlags();
  if (flags.help) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const options = { mutation: mutationNamed(flags.mutation), isJson: flags.json };
  if (flags.seed !== undefined) return simulateOne(wholeNumber('--seed', flags.seed), options);
  const seeds = atLeastOne('--seeds', flags.seeds, 'nothing simulated proves nothing.');
  const threads = atLeastOne('--threads', flags.threads, 'somebody has to do it.');
  return simulateMany(wholeNumber('--from', flags.from), seeds, threads, options);
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof WrongFlags)) throw error;
  process.stderr.write(`${error.message}\n(add --help for the flags)\n`);
  process.exitCode = 2;
}
