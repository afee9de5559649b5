// Values that are secret because of the name they stand under: fields of objects, and `name: value` in text.

import { looksRandom } from './looks-random.ts';

/** Whatever stands under these is a secret, however it looks. */
const secretName =
  /(?:pass(?:word|wd|phrase)|secret|api[_-]?key)$|(?:^|[_.-])(?:pwd|(?:access|auth|refresh|id|bearer|session|api|bot)[_-]?token|(?:access|private|encryption|signing)[_-]?key|(?:proxy-)?authorization|(?:set-)?cookie|connection[_-]?string)$/i;
/** Under these stand secrets and harmless words alike: the value decides. */
const doubtfulName = /^(?:.*[_.-])?(?:token|key|auth|credentials?|session(?:[_-]?id)?|nonce|signature|sig)$/i;

/** Whether the value under this name is to be taken out. */
export const isNamedSecret = (name: string, value: string): boolean => {
  if (value.length < 4 || isStandIn(value)) return false;
  const snake = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2');
  return secretName.test(snake) || (doubtfulName.test(snake) && looksRandom(value));
};

/** What people write where a secret would stand. */
const isStandIn = (value: string): boolean =>
  /^(?:[*.xX•_-]+|<.*|bearer|basic|\[.*\]|\$\{?\w+\}?|\{\{.*\}\}|%\w+%|null|none|undefined|true|false|string|your[-_ ].*|example|changeme|required|optional|redacted)$/i.test(
    value,
  );

export interface NamedValue {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

// Quotes may themselves be escaped, once or twice, where JSON stands in a string of JSON.
const assignment =
  /([A-Za-z][\w.-]{0,60})(?:\\{0,3}["'])?\s{0,3}(?:=|:)\s{0,3}(?:\\{0,3}"((?:[^"\\]|\\[^"]){1,500})\\{0,3}"|'([^'\n]{1,500})'|([^\s"',;&})\]\\]{1,500}))/dg;

/** A value may hold assignments of its own: `https://h/x?client_secret=…`, `failed: password: …`. */
const inner = /[A-Za-z][\w.-]{1,60}[=:]/;

/** The secrets that text names itself: `password=…`, `"api_key": "…"`, `Authorization: …`. */
export const namedSecretsIn = (text: string): readonly NamedValue[] => {
  const found: NamedValue[] = [];
  assignment.lastIndex = 0;
  for (let match = assignment.exec(text); match !== null; match = assignment.exec(text)) {
    const [, name = '', ...values] = match;
    const group = values.findIndex((value) => value !== undefined);
    const value = values[group];
    const place = match.indices?.[group + 2];
    if (value !== undefined && place !== undefined && isNamedSecret(name, value))
      found.push({ start: place[0], end: place[1], value });
    else if (value !== undefined && inner.test(value)) assignment.lastIndex = match.index + name.length;
  }
  return found;
};
