// Takes known secrets out of what is about to be stored, in every form in which they turn up. Pure.

import { createTextFinder, type Span } from './find-texts.ts';
import { secretForms, shortestSecret } from './secret-forms.ts';

export const hidden = '[redacted]';

export interface SecretHider {
  text(text: string): string;
  /** Every string of a JSON value, names of fields included; the value itself where nothing was found. */
  value<T>(value: T): T;
}

/** Secrets shorter than `shortestSecret` are everywhere in ordinary text ("1", "true") and are left alone. */
export const createSecretHider = (secrets: Iterable<string>): SecretHider => {
  const forms = [...new Set([...secrets].filter(({ length }) => length >= shortestSecret).flatMap(secretForms))];
  const find = createTextFinder(forms);
  const text = (whole: string): string => {
    const spans = find(whole);
    return spans.length === 0 ? whole : without(whole, spans);
  };
  return { text, value: <T>(value: T): T => (forms.length === 0 ? value : (hideIn(value, text) as T)) };
};

const without = (whole: string, spans: readonly Span[]): string => {
  const kept = spans.map(({ start }, index) => whole.slice(spans[index - 1]?.end ?? 0, start));
  return [...kept, whole.slice(spans.at(-1)?.end ?? 0)].join(hidden);
};

const hideIn = (value: unknown, hide: (text: string) => string): unknown => {
  if (typeof value === 'string') return hide(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => hideIn(item, hide));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const before = Object.entries(value);
  const after = before.map(([key, item]) => [hide(key), hideIn(item, hide)] as const);
  const isChanged = after.some(([key, item], index) => key !== before[index]?.[0] || item !== before[index]?.[1]);
  return isChanged ? Object.fromEntries(after) : value;
};
