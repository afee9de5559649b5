// What one reading of a file found: problems stop it, warnings do not.

import type { z } from 'zod';
import type { ConfigurationProblem } from './configuration-error.ts';
import { expandVariables } from './expand-variables.ts';
import { suggest } from './suggest.ts';

export interface Reading {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Relative paths in the file belong to its own folder. */
  readonly folder: string;
  readonly problems: ConfigurationProblem[];
  readonly warnings: string[];
  /** The variables that were filled in so far. */
  readonly filledIn?: Record<string, string>;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Warns of every key that nothing reads: files of other hosts must load, and a mistyped key must not go unseen. */
export function warnOfUnknownKeys(object: JsonObject, known: readonly string[], path: string, { warnings }: Reading): void {
  for (const key of Object.keys(object).filter((name) => !known.includes(name))) {
    const meant = suggest(key, known);
    warnings.push(`${join(path, key)}: not known, and ignored${meant === undefined ? '' : `; did you mean ${meant}?`}`);
  }
}

/** Expands the variables in every string below `value`; a fault is a problem at its own path. */
export function expandAll(value: unknown, path: string, reading: Reading): unknown {
  if (typeof value === 'string') {
    const expansion = expandVariables(value, reading.variables);
    if ('text' in expansion) {
      Object.assign(reading.filledIn ?? {}, expansion.variables);
      return expansion.text;
    }
    reading.problems.push({ path, message: expansion.fault });
    return value;
  }
  if (Array.isArray(value)) return value.map((item, index) => expandAll(item, `${path}[${index}]`, reading));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandAll(item, join(path, key), reading)]));
}

/** Checks `value`; a message says what is expected and never what stands there, which may be a secret. */
export function checkShape<T>(schema: z.ZodType<T>, value: unknown, path: string, reading: Reading): T | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const place = issue.path.reduce<string>(
      (at, key) => (typeof key === 'number' ? `${at}[${key}]` : join(at, String(key))),
      path,
    );
    reading.problems.push({ path: place, message: issue.message });
  }
  return undefined;
}

export const join = (path: string, key: string): string => {
  const name = /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
  return path === '' ? name : `${path}.${name}`;
};
