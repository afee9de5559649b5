// `npm run simulate`: many seeds, or one told in full. Exit codes: 0 all held · 1 a guarantee did not, or was never tested ·
// 2 called wrongly.

import { parseArgs } from 'node:util';
import { createCoverage, plannedFaults } from './coverage.ts';
import { coverageTable, logLines } from './report.ts';
import { type Simulation, simulate } from './simulate.ts';

const help = `npm run simulate -- [flags]
  --seeds N   how many seeds (default 1000)
  --from S    the first of them (default 1)
  --seed S    one seed alone, with its whole log
  --json      print JSON instead of text
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

const simulateOne = async (seed: number, isJson: boolean): Promise<number> => {
  const { violations, log, fingerprint, virtualMs, coverage } = await simulate(seed);
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

const simulateMany = async (from: number, seeds: number, isJson: boolean): Promise<number> => {
  const coverage = createCoverage();
  const failed: Simulation[] = [];
  const startedAt = performance.now();
  let [events, virtualMs] = [0, 0];
  for (let seed = from; seed < from + seeds; seed++) {
    const simulation = await simulate(seed);
    coverage.add(simulation.coverage);
    events += simulation.log.length;
    virtualMs += simulation.virtualMs;
    if (simulation.violations.length > 0) {
      failed.push(simulation);
      process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}seed ${seed} FAILED: ${simulation.violations[0]}\n`);
    }
    const done = seed - from + 1;
    if (process.stderr.isTTY && (done % 10 === 0 || done === seeds))
      process.stderr.write(`\r${done} of ${seeds} seeds, ${failed.length} failed`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  const seconds = (performance.now() - startedAt) / 1_000;
  const missing = seeds >= enoughSeeds ? coverage.missing() : [];
  const isGood = failed.length === 0 && missing.length === 0;
  if (isJson) {
    const counts = Object.fromEntries(coverageTable(coverage));
    const failures = failed.map(({ seed, violations }) => ({ seed, violations }));
    process.stdout.write(`${JSON.stringify({ from, seeds, events, virtualMs, failures, missing, coverage: counts }, null, 2)}\n`);
    return isGood ? 0 : 1;
  }
  for (const [name, count] of coverageTable(coverage)) process.stdout.write(`${String(count).padStart(12)}  ${name}\n`);
  for (const name of missing) process.stdout.write(`NEVER EXERCISED ${name}\n`);
  for (const { seed, violations } of failed)
    process.stdout.write(`FAILED seed ${seed}: ${violations.join('; ')}\n  replay it: npm run simulate -- --seed ${seed}\n`);
  const speed = Math.round(virtualMs / 1_000 / seconds);
  process.stdout.write(
    `${seeds} seeds from ${from}: ${failed.length} failed, ${events} events, ${Math.round(virtualMs / 3_600_000)} h of virtual time in ${Math.round(seconds)} s (${speed} times as fast as real time)\n`,
  );
  return isGood ? 0 : 1;
};

const main = async (): Promise<number> => {
  const flags = readFlags();
  if (flags.help) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  if (flags.seed !== undefined) return simulateOne(wholeNumber('--seed', flags.seed), flags.json);
  const seeds = wholeNumber('--seeds', flags.seeds);
  if (seeds === 0) throw new WrongFlags('--seeds takes at least 1: nothing simulated proves nothing.');
  return simulateMany(wholeNumber('--from', flags.from), seeds, flags.json);
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof WrongFlags)) throw error;
  process.stderr.write(`${error.message}\n(add --help for the flags)\n`);
  process.exitCode = 2;
}
