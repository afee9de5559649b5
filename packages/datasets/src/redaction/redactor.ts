// Takes secrets out of rows before they leave. No search finds everything: what was found is reported for review.

import { isNamedSecret } from '@turnlog/core';
import { createSecretFinder, type Finding } from './find-secrets.ts';
import { createPlaceholders } from './placeholders.ts';

/** Rises with every change of what is found or of what stands in its place; the manifest holds it. */
export const redactionVersion = 2;

export interface RedactionHit {
  /** Where in the row: `prompt[2].content`. */
  readonly field: string;
  readonly kind: string;
  readonly placeholder: string;
}

export interface Redactor {
  readonly version: number;
  /** The row itself where nothing was found. */
  redact(row: Readonly<Record<string, unknown>>): {
    readonly row: Readonly<Record<string, unknown>>;
    readonly hits: readonly RedactionHit[];
  };
}

export interface RedactorOptions {
  /** Values that this installation knows to be secret. */
  readonly secrets: readonly string[];
  /** What placeholders are made with: random, kept with the log. */
  readonly key: string;
}

/** The same texts come again: names of tools, messages with a secret, which are searched in every row that shows them. */
const rememberedCharacters = 8_000_000;
const rememberedNames = 10_000;

export const createRedactor = ({ secrets, key }: RedactorOptions): Redactor => {
  const find = remembering(createSecretFinder(secrets));
  const placeholderOf = createPlaceholders(key);
  const walk = createWalk();
  return {
    version: redactionVersion,
    redact: (row) => {
      const hits: RedactionHit[] = [];
      const named = new Set<string>();
      const clean = (text: string, field: string, name?: string): string => {
        const findings = find(text, name);
        if (findings.length === 0) return text;
        return replaced(text, findings, (finding) => {
          const placeholder = placeholderOf(finding);
          hits.push({ field, kind: finding.kind, placeholder });
          if (finding.kind === 'named' && isRepeatable(finding.secret)) named.add(finding.secret);
          return placeholder;
        });
      };
      const cleanOfNamed = (text: string, field: string): string => {
        let shown = text;
        for (const secret of named) {
          if (!shown.includes(secret)) continue;
          const placeholder = placeholderOf({ form: 'secret', secret });
          hits.push({ field, kind: 'repeated', placeholder });
          shown = shown.replaceAll(secret, () => placeholder);
        }
        return shown;
      };
      const once = walk(row, '', undefined, clean);
      const redacted = named.size === 0 ? once : createWalk()(once, '', undefined, cleanOfNamed);
      return { row: hits.length === 0 ? row : (redacted as Readonly<Record<string, unknown>>), hits };
    },
  };
};

/** What a name gave away is taken out wherever the row repeats it, unless it is a plain word or number that stands there by chance. */
const isRepeatable = (secret: string): boolean => secret.length >= 8 && /\d/.test(secret) && /[A-Za-z]/.test(secret);

const replaced = (text: string, findings: readonly Finding[], placeholder: (finding: Finding) => string): string => {
  let rest = '';
  let from = 0;
  for (const finding of findings) {
    const quote = quoteFor(text, finding);
    rest += text.slice(from, finding.start) + quote + placeholder(finding) + quote;
    from = finding.end;
  }
  return rest + text.slice(from);
};

/** A number in JSON becomes a text, or the JSON would be none: with as many backslashes as the name before it has. */
const quoteFor = (text: string, { start, end }: Finding): string => {
  if (!/^-?\d[\d.eE+-]*$/.test(text.slice(start, end))) return '';
  return /(\\{0,3}")\s{0,3}:\s{0,3}$/.exec(text.slice(Math.max(0, start - 16), start))?.[1] ?? '';
};

type Clean = (text: string, field: string, name?: string) => string;
type Walk = (value: unknown, field: string, name: string | undefined, clean: Clean) => unknown;

/**
 * Every string of a value, keys included; a string in a list stands under the list's name. What holds no secret comes back
 * itself, and is known by its identity from then on: rows of one conversation share their messages and tools.
 */
const createWalk = (): Walk => {
  const harmless = new WeakSet<object>();
  const harmlessNames = new Set<string>();
  const shownName = (name: string, field: string, clean: Clean): string => {
    if (harmlessNames.has(name)) return name;
    // Fields are reported for review: a name that is a secret stands there as in the row.
    const shown = clean(name, `${field}${field === '' ? '' : '.'}(a name)`);
    if (shown === name && harmlessNames.size < rememberedNames) harmlessNames.add(name);
    return shown;
  };
  const walk: Walk = (value, field, name, clean) => {
    if (typeof value === 'string') return clean(value, field, name);
    if (typeof value === 'number' && name !== undefined && isNamedSecret(name, String(value)))
      return clean(String(value), field, name);
    if (Array.isArray(value)) {
      const items = value.map((item, index) => walk(item, `${field}[${index}]`, name, clean));
      return items.every((item, index) => item === value[index]) ? value : items;
    }
    if (typeof value !== 'object' || value === null || harmless.has(value)) return value;
    const entries = Object.entries(value);
    const walked = entries.map(([key, item]): [string, unknown] => {
      const shown = shownName(key, field, clean);
      return [shown, walk(item, field === '' ? shown : `${field}.${shown}`, key, clean)];
    });
    if (walked.some(([key, item], index) => key !== entries[index]?.[0] || item !== entries[index]?.[1]))
      return Object.fromEntries(walked);
    harmless.add(value);
    return value;
  };
  return walk;
};

/**
 * Forgets what was not asked for since as much again was learned. Taking the oldest out of one Map, text by text, took a third of
 * an export: a Map goes over the places of all that was taken out of its front before it comes to its first.
 */
const remembering = (find: ReturnType<typeof createSecretFinder>): ReturnType<typeof createSecretFinder> => {
  let recent = new Map<string, readonly Finding[]>();
  let former = recent;
  let characters = 0;
  return (text, name) => {
    const key = `${name ?? ''}\0${text}`;
    const known = recent.get(key);
    if (known !== undefined) return known;
    const findings = former.get(key) ?? find(text, name);
    characters += key.length;
    if (characters > rememberedCharacters / 2) {
      former = recent;
      recent = new Map();
      characters = key.length;
    }
    recent.set(key, findings);
    return findings;
  };
};
