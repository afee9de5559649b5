// Words that a generator made, wherever they stand. What tools answer with all day looks as random: identifiers, digests, paths,
// encoded files. So a word counts only where none of these could be meant; a secret that could be base64 is found by its name,
// its form or the words before it (`find-secrets.ts`), not here.

import { bitsPerCharacter, looksRandom } from '@turnlog/core';
import { everyMatch } from './every-match.ts';

export interface RandomWord {
  readonly start: number;
  readonly end: number;
  readonly word: string;
}

// A part of a path, an address or a longer code is no word of its own.
const words = /(?<![\w+/~%@.\\-])[A-Za-z0-9_-]{24,128}(?![\w+/=~%@\\-]|\.\w)/g;
/** As password generators make them: with signs that neither code nor addresses put between letters. */
const passwords = /(?<!\S)[A-Za-z0-9!@#$%^&*?_+-]{12,64}(?!\S)/g;

export const randomWordsIn = (text: string, name?: string): readonly RandomWord[] => {
  if (name !== undefined && isHarmlessName(name)) return [];
  const found: RandomWord[] = [];
  for (const { 0: word, index } of everyMatch(text, words))
    if (isGenerated(word) && !isHarmlessName(nameBefore(text, index)))
      found.push({ start: index, end: index + word.length, word });
  for (const { 0: word, index } of everyMatch(text, passwords))
    if (isPassword(word)) found.push({ start: index, end: index + word.length, word });
  return found;
};

/** Of `name: word`, `name="word"`, `"name": "word"`, and of an entity tag. */
const nameBefore = (text: string, index: number): string =>
  /([A-Za-z][\w.-]{0,40})\\{0,3}["']?\s{0,3}[=:]\s{0,3}(?:W\/)?\\{0,3}["'`]?$/.exec(
    text.slice(Math.max(0, index - 60), index),
  )?.[1] ?? '';

/** Under these stand identifiers, digests, places and encoded content. */
const harmless =
  /(?:^|_)(?:ids?|uuid|guid|etag|hash|digest|sha\d*|md5|checksum|integrity|cursor|(?:page|next|continuation|sync)_token|page|offset|next|prev(?:ious)?|request|trace|span|correlation|commit|rev(?:ision)?|version|build|ref|boundary|data|content|body|blob|image|thumbnail|base_?64|b64|encoded|payload|bytes|src|ur[il]|path|file|name|title|slug|class|group|model)$/i;
const isHarmlessName = (name: string): boolean =>
  harmless.test(name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/[.-]/g, '_'));

/** `acme_sk_…` and its like; other prefixes (`call_`, `chatcmpl-`, `req_`) are those of identifiers. */
const credentialPrefix =
  /^(?:[a-z]{2,12}[_-]){0,2}(?:key|tok|token|secret|pat|sk|rk|pk|api|auth|cred|priv|live|prod)[_-](?:[a-z]{2,8}[_-])?(?=[A-Za-z0-9]{16,}$)/;
const anyPrefix = /^[a-z]{2,12}[_-](?=[A-Za-z0-9]{12,}$)/;

const isGenerated = (word: string): boolean => {
  const prefix = credentialPrefix.exec(word)?.[0];
  if (prefix !== undefined) return isScrambled(word.slice(prefix.length), 1);
  return !anyPrefix.test(word) && isScrambled(word, 2) && !couldBeBase64(word);
};

/** All kinds of characters, evenly spread, and few stretches that could be parts of words. */
const isScrambled = (word: string, least: number): boolean =>
  looksRandom(word) &&
  [/[a-z]/g, /[A-Z]/g, /\d/g].every((kind) => (word.match(kind)?.length ?? 0) >= least) &&
  bitsPerCharacter(word) >= 3.6 &&
  partOfWords(word) < 0.45;

const partOfWords = (word: string): number => (word.match(/[a-z]{3,}/g)?.join('').length ?? 0) / word.length;

/** Padded base64 has a multiple of four characters; without padding it counts where it holds text. */
const couldBeBase64 = (word: string): boolean => {
  if (/^[A-Za-z0-9]+$/.test(word) && word.length % 4 === 0) return true;
  const bytes = Buffer.from(word, 'base64url');
  const readable = bytes.filter((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127)).length;
  return readable / bytes.length > 0.9;
};

const isPassword = (word: string): boolean =>
  [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(word)) &&
  (word.match(/[!@#$%^&*?]/g)?.length ?? 0) >= 2 &&
  !/%[0-9A-F]{2}|^[$@]|[@*&?]$/i.test(word) &&
  bitsPerCharacter(word) >= 3.3 &&
  partOfWords(word) < 0.45;
