// Whether a step late in a conversation costs what an early one does.

import { type MeasuredStep, measureSteps, summariseSteps } from './measure-steps.ts';

const [early, late] = [10, 1_000];

export const benchSteps = async (url: string, conversations: number) => {
  const runs: (readonly MeasuredStep[])[] = [];
  // The first one compiles what it calls and fills the tables' pages; its early steps would be the dear ones.
  for (let run = 0; run <= conversations; run++) {
    process.stderr.write(run === 0 ? 'warming up\n' : `conversation ${run} of ${conversations}\n`);
    const steps = await measureSteps(url, late + 10);
    if (run > 0) runs.push(steps);
  }
  const [first, last] = [summariseSteps(runs, early), summariseSteps(runs, late)];
  return { ratio: Number((last.ms / first.ms).toFixed(2)), steps: [first, last] };
};
