// From the text of a call's arguments to the object a row holds. What an object cannot hold is no object: a row that
// trains other arguments than the model wrote is worse than no row.

import { parseArguments } from '@turnlog/core';
import type { JsonValue } from './projection.ts';

export type ArgumentObject = { readonly [key: string]: JsonValue };

/** Undefined: no JSON object, or one with a number that no double holds. */
export const argumentObject = (raw: string): ArgumentObject | undefined => {
  const parsed = parseArguments(raw);
  return parsed.ok && holdsItsNumbers(raw) ? (parsed.value as ArgumentObject) : undefined;
};

/** The text as the model wrote it, where it is the text of an object; else (empty, encoded twice) the text of the object meant. */
export const argumentText = (raw: string): string | undefined => {
  const parsed = parseArguments(raw);
  if (!parsed.ok) return undefined;
  return raw.trimStart().startsWith('{') ? raw : JSON.stringify(parsed.value);
};

/** An integer with more digits than a double holds would become another one, and 1e999 no number. `1.0` becomes `1`, the same one. */
const holdsItsNumbers = (raw: string): boolean => numbersOf(raw).every((text) => isHeld(text, Number(text)));

const isHeld = (text: string, value: number): boolean =>
  Number.isFinite(value) && (!/^-?\d+$/.test(text) || value === 0 || String(value) === text);

/** Number literals outside strings; text that was encoded twice is looked into. */
const numbersOf = (raw: string): readonly string[] => {
  const inner = raw.trimStart().startsWith('"') ? String(JSON.parse(raw)) : raw;
  return inner.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '""').match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
};
