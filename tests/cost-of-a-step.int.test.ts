// What a step costs does not depend on how many came before it: counted, not timed. `npm run bench -- --steps` times it.

import { createTestDatabase, type TestDatabase } from '@turnlog/db/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MeasuredStep, measureSteps } from '../bench/src/measure-steps.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const costOf = (steps: readonly MeasuredStep[], step: number) => {
  const found = steps[step - 1];
  if (found === undefined) throw new Error(`There is no step ${step}.`);
  const { roundTrips, rowsRead, rowsWritten, jobs } = found;
  return { roundTrips, rowsRead, rowsWritten, jobs };
};

describe('step 1,000 of a conversation', () => {
  it('takes as many round trips, rows and jobs as step 10', { timeout: 180_000 }, async () => {
    const steps = await measureSteps(database.url, 1_000);
    // A tool step: it starts (one event, its open work, the head), returns (two events, the work of both steps, the head).
    expect(costOf(steps, 10)).toEqual({ roundTrips: 2, rowsRead: 0, rowsWritten: 8, jobs: 1 });
    expect(costOf(steps, 1_000)).toEqual(costOf(steps, 10));
    expect(costOf(steps, 999)).toEqual(costOf(steps, 9));
  });
});
