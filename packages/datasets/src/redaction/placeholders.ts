// What stands in a secret's place. The same secret has the same placeholder in every row, file and dataset of one log, two
// secrets never share one, and nobody without the log's key can try guesses against it: short passwords would fall to a plain
// digest. It depends on nothing else that is exported, so no row changes when another one comes.

import { createHmac } from 'node:crypto';
import type { Finding } from './find-secrets.ts';

/** 48 bits: among a million secrets, two share a placeholder once in 500 logs. */
const digits = 12;

export const createPlaceholders = (key: string): ((finding: Pick<Finding, 'form' | 'secret'>) => string) => {
  const made = new Map<string, string>();
  return ({ form, secret }) => {
    const name = `${form} ${secret}`;
    const known = made.get(name);
    if (known !== undefined) return known;
    const digest = createHmac('sha256', key).update(secret).digest('hex').slice(0, digits);
    const placeholder = `[redacted-${form}-${digest}]`;
    made.set(name, placeholder);
    return placeholder;
  };
};
