// What an audit finds: how often each guarantee was put to the test, and where it did not hold.

import type { Coverage, Fault, Guarantee } from '../coverage.ts';

export interface Findings {
  readonly violations: readonly string[];
  /** A case in which the guarantee could have been broken. */
  check(guarantee: Guarantee, holds: boolean, message: () => string): void;
  /** The same for what holds almost by itself: it is not counted, so that a count stands for something. */
  must(guarantee: Guarantee, holds: boolean, message: () => string): void;
  /** A fault that shows only where it is looked for. */
  saw(fault: Fault): void;
}

/** More than this says nothing new about one seed. */
const maxViolations = 20;

export const createFindings = (coverage: Coverage): Findings => {
  const violations: string[] = [];
  const must: Findings['must'] = (guarantee, holds, message) => {
    if (!holds && violations.length < maxViolations) violations.push(`${guarantee}: ${message()}`);
  };
  return {
    violations,
    check: (guarantee, holds, message) => {
      coverage.count(guarantee);
      must(guarantee, holds, message);
    },
    must,
    saw: (fault) => coverage.count(fault),
  };
};
