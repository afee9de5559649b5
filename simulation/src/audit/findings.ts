// What an audit finds: how often each guarantee was put to the test, and where it did not hold.

import type { Coverage, Guarantee } from '../coverage.ts';

export interface Findings {
  readonly violations: readonly string[];
  /** A case in which the guarantee could have been broken. */
  check(guarantee: Guarantee, holds: boolean, message: () => string): void;
}

/** More than this says nothing new about one seed. */
const maxViolations = 20;

export const createFindings = (coverage: Coverage): Findings => {
  const violations: string[] = [];
  return {
    violations,
    check: (guarantee, holds, message) => {
      coverage.count(guarantee);
      if (!holds && violations.length < maxViolations) violations.push(`${guarantee}: ${message()}`);
    },
  };
};
