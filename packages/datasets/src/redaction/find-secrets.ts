// Where secrets stand in one text. Pure; the same text gives the same findings.

import { isNamedSecret, looksRandom, namedSecretsIn, secretForms, shortestSecret } from '@turnlog/core';
import { everyMatch } from './every-match.ts';
import { randomWordsIn } from './random-words.ts';
import { tokenPatterns } from './token-patterns.ts';

export interface Finding {
  readonly start: number;
  readonly end: number;
  /** What gave it away: `configured`, `named`, `random`, or the kind of token. */
  readonly kind: string;
  /** The secret itself, in one form whatever form it stood in. Never written anywhere. */
  readonly secret: string;
  /** What the secret is by itself, wherever it stands: `configured`, the kind of token, or only `secret`. */
  readonly form: string;
}

/** `name`: the field that the text stands under, where it is the value of one. */
export type SecretFinder = (text: string, name?: string) => readonly Finding[];

export const createSecretFinder = (secrets: readonly string[]): SecretFinder => {
  const forms = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => secretForms(secret).map((form) => ({ form, secret })))
    .sort((a, b) => b.form.length - a.form.length);
  return (text, name) => {
    if (text.length < 4) return [];
    const configured = forms.flatMap(({ form, secret }) => placesOf(text, form, secret));
    if (name !== undefined && isNamedSecret(name, text))
      return apart([
        ...configured,
        ...tokensIn(text),
        { start: 0, end: text.length, kind: 'named', secret: text, form: 'secret' },
      ]);
    return apart([...configured, ...tokensIn(text), ...named(text), ...randomNearby(text), ...randomAlone(text, name)]);
  };
};

const placesOf = (text: string, form: string, secret: string): readonly Finding[] => {
  const places: Finding[] = [];
  for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + form.length))
    places.push({ start, end: start + form.length, kind: 'configured', secret, form: 'configured' });
  return places;
};

const tokensIn = (text: string): readonly Finding[] =>
  tokenPatterns.flatMap(({ kind, pattern }) =>
    everyMatch(text, pattern).map((match) => {
      const secret = match[1] ?? match[0];
      const start = match.index + match[0].lastIndexOf(secret);
      // What only its surroundings give away has no form of its own.
      return { start, end: start + secret.length, kind, secret, form: match[1] === undefined ? kind : 'secret' };
    }),
  );

const named = (text: string): readonly Finding[] =>
  namedSecretsIn(text).map(({ start, end, value }) => ({ start, end, kind: 'named', secret: value, form: 'secret' }));

// "the key is …", "token → …": a random word shortly after a word that announces a secret.
const announced =
  /\b(?:api[ _-]?key|secret|password|passphrase|access[ _-]?key|credentials?|(?:access|auth|api|bearer|secret)[ _-]token)s?\b[^\n]{0,40}?[\s"'`=:(>]([\w+/=.~-]{16,200})/gi;

const randomNearby = (text: string): readonly Finding[] =>
  everyMatch(text, announced).flatMap((match) => {
    const secret = (match[1] ?? '').replace(/[.,]+$/, '');
    if (!looksRandom(secret)) return [];
    const start = match.index + match[0].lastIndexOf(secret);
    return [{ start, end: start + secret.length, kind: 'random', secret, form: 'secret' }];
  });

const randomAlone = (text: string, name: string | undefined): readonly Finding[] =>
  randomWordsIn(text, name).map(({ start, end, word }) => ({ start, end, kind: 'random', secret: word, form: 'secret' }));

/**
 * Findings that overlap become one, so that no part of any stays. The surest names it: the same secret is the same one under
 * a telling name, in a header and alone.
 */
const apart = (findings: readonly Finding[]): readonly Finding[] => {
  const merged: Finding[] = [];
  for (const finding of [...findings].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || finding.start >= last.end) merged.push(finding);
    else merged[merged.length - 1] = { ...surer(last, finding), start: last.start, end: Math.max(last.end, finding.end) };
  }
  return merged;
};

const surer = (a: Finding, b: Finding): Finding => (sureness(b) > sureness(a) ? b : a);
const sureness = ({ form }: Finding): number => (form === 'configured' ? 2 : form === 'secret' ? 0 : 1);
