// `npm run simulate` as a command: many seeds over threads, and what it says of a seed at which a guarantee did not hold.

import { expect, it } from 'vitest';
import { runTurnlog } from './support/turnlog-process.ts';

const simulate = (...args: string[]) => runTurnlog({ args: ['simulate', ...args], cwd: import.meta.dirname });

it('says the same of the same seeds, however many threads work on them', async () => {
  const [alone, together] = [
    await simulate('--seeds', '12', '--threads', '1', '--json'),
    await simulate('--seeds', '12', '--threads', '3', '--json'),
  ];
  expect(JSON.parse(alone.output)).toMatchObject({ from: 1, seeds: 12, failures: [], missing: [] });
  expect(together).toEqual(alone);
  expect(alone.code).toBe(0);
});

it('prints a failing seed with the command that replays it, which fails again', async () => {
  const many = await simulate('--seeds', '4', '--mutation', 'send-before-start');
  expect(many.code).toBe(1);
  const [, seed = ''] =
    /FAILED seed (\d+): G3 .*\n {2}replay it: npm run simulate -- --seed \1 --mutation send-before-start\n/.exec(many.output) ??
    [];
  const one = await simulate('--seed', seed, '--mutation', 'send-before-start');
  expect(one.code).toBe(1);
  expect(one.output).toMatch(new RegExp(`VIOLATION G3 .*[^]*seed ${seed}: `));
});

it.each([
  [['--seeds', '0'], '--seeds takes at least 1'],
  [['--threads', 'many'], '--threads takes a whole number, not "many"'],
  [['--mutation', 'no-luck'], '--mutation takes one of no-fencing'],
])('refuses %j and says what it takes', async (args, message) => {
  const { code, output } = await simulate(...args);
  expect(output).toContain(message);
  expect(code).toBe(2);
});
