// What may go wrong in one simulation. Each seed draws which faults it knows and how often they strike: a mix of all at
// once would hide what one of them does alone.

import type { Coverage, Fault } from './coverage.ts';
import type { Random } from './random.ts';

/** How often a fault strikes where it can, when a seed draws it at full strength. */
const rates = {
  crash: 0.03,
  'crash in a call': 0.12,
  'worker paused beyond its lease': 0.15,
  'committed, but an error': 0.08,
  'not committed, and an error': 0.08,
  'append on the wire for seconds': 0.05,
  'transaction commits late': 0.2,
  'transaction rolled back': 0.03,
  'read fails': 0.05,
  'ledger fails': 0.05,
  'job dropped': 0.25,
  'job duplicated': 0.25,
  'job reordered': 0.5,
  'job delayed': 0.3,
  'queue out of reach': 0.1,
  'hint lost': 0.5,
  'hint late': 0.2,
  'model: 429 with Retry-After': 0.12,
  'model: 5xx': 0.12,
  'model: timeout': 0.06,
  'model: partial stream': 0.12,
  'model: empty answer': 0.05,
  'model: unknown tool': 0.06,
  'model: arguments are no JSON': 0.06,
  'tools cannot be listed': 0.2,
  'tool: not sent': 0.2,
  'tool: unknown, it ran': 0.3,
  'tool: unknown, it did not run': 0.2,
  'tool: isError': 0.15,
  'command repeated': 0.15,
} as const satisfies Partial<Record<Fault, number>> & { crash: number; 'crash in a call': number };

export interface Faults {
  /** Draws whether this fault strikes here, and counts it if so. */
  strikes(fault: Exclude<keyof typeof rates, 'crash' | 'crash in a call'>): boolean;
  /** The same for a crash, which is counted where it happens. */
  crashes(isInCall: boolean): boolean;
  isDatabaseAway(): boolean;
  setDatabaseAway(isAway: boolean): void;
  /** From now on nothing goes wrong. */
  stop(): void;
  isStopped(): boolean;
}

export const createFaults = (random: Random, coverage: Coverage): Faults => {
  const strengths = new Map(Object.keys(rates).map((fault) => [fault, random.chance(0.6) ? random.next() : 0]));
  let isStopped = false;
  let isAway = false;
  const draws = (fault: keyof typeof rates) => random.chance(rates[fault] * (strengths.get(fault) ?? 0)) && !isStopped;
  return {
    strikes: (fault) => {
      const struck = draws(fault);
      if (struck) coverage.count(fault);
      return struck;
    },
    crashes: (isInCall) => draws(isInCall ? 'crash in a call' : 'crash'),
    isDatabaseAway: () => isAway,
    setDatabaseAway: (away) => {
      isAway = away && !isStopped;
    },
    stop: () => {
      isStopped = true;
      isAway = false;
    },
    isStopped: () => isStopped,
  };
};
