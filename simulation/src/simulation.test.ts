import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createCoverage } from './coverage.ts';
import { type Mutation, mutations } from './mutations.ts';
import { coverageTable } from './report.ts';
import { simulate } from './simulate.ts';

const seeds = Number(process.env.TURNLOG_SIMULATION_SEEDS ?? 100);
/** Fewer seeds may miss a rare fault without being at fault. */
const enoughSeeds = 200;
/** A seed takes 70 ms; a machine that is busy with more takes its time. */
const msPerSeed = 1_000;

const folder = dirname(fileURLToPath(import.meta.url));
const sources = (readdirSync(folder, { recursive: true }) as string[])
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));

describe('the sources of the simulation', () => {
  it('know no time and no chance but those of the seed', () => {
    const outsiders = /Date\.now|new Date\(\)|Math\.random|randomUUID|randomBytes|setTimeout|setInterval/;
    expect(sources.filter(({ text }) => outsiders.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('share no code of the engine with the auditor: it imports types alone', () => {
    const auditors = sources.filter(({ path }) => path.startsWith('audit'));
    expect(auditors.length).toBeGreaterThan(5);
    for (const { path, text } of auditors)
      for (const line of text.split('\n').filter((each) => /from '/.test(each)))
        expect(`${path}: ${line}`).toMatch(/import type |from '\.\/|from 'node:util'/);
  });
});

describe('the simulation', () => {
  it(
    `holds every guarantee over ${seeds} seeds`,
    async () => {
      const coverage = createCoverage();
      for (let seed = 1; seed <= seeds; seed++) {
        const simulation = await simulate(seed);
        expect(simulation.violations, `npm run simulate -- --seed ${seed}`).toEqual([]);
        coverage.addCounts(simulation.coverage.counts());
      }
      const counts = coverageTable(coverage).map(([name, count]) => `${String(count).padStart(8)}  ${name}\n`);
      process.stdout.write(
        `${seeds} seeds were simulated (TURNLOG_SIMULATION_SEEDS says how many). How often each was exercised:\n${counts.join('')}`,
      );
      if (seeds >= enoughSeeds) expect(coverage.missing()).toEqual([]);
    },
    20_000 + seeds * msPerSeed,
  );

  it('gives the same log for the same seed, byte for byte, and another for another', async () => {
    const [once, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(JSON.stringify(again.log)).toBe(JSON.stringify(once.log));
    expect(other.fingerprint).not.toBe(once.fingerprint);
  });
});

const noticed: Record<Mutation, RegExp> = {
  'no-fencing': /^G2 /,
  'no-reconciler': /^(liveness|G6)/,
  'send-before-start': /^G3 /,
  'position-cursor': /^G4 /,
  'position-below-xmin': /^G4 /,
};

/** The first seed at which the simulation notices, or undefined within as many. */
const firstFailure = async (mutation: Mutation, limit: number) => {
  for (let seed = 1; seed <= limit; seed++) {
    const { violations } = await simulate(seed, mutation);
    if (violations.length > 0) return { seed, violations };
  }
  return undefined;
};

/** The rarest of them shows at seed 38. */
const enoughForAny = 300;

describe('an engine with a rule switched off', () => {
  it.each(mutations)(
    'is noticed: %s',
    async (mutation) => {
      const failure = await firstFailure(mutation, enoughForAny);
      expect(failure?.violations.some((violation) => noticed[mutation].test(violation))).toBe(true);
    },
    enoughForAny * msPerSeed,
  );
});
