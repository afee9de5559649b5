// Texts as bytes and bytes as texts, without a platform: core runs anywhere.

/** UTF-8; half of a surrogate pair becomes U+FFFD, as everywhere else. */
export const utf8Of = (text: string): readonly number[] => [...text].flatMap((character) => bytesOf(codePointOf(character)));

const codePointOf = (character: string): number => {
  const code = character.codePointAt(0) ?? 0;
  return code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
};

const bytesOf = (code: number): readonly number[] => {
  const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
  if (code < 0x80) return [code];
  if (code < 0x800) return [0xc0 | (code >> 6), tail(0)];
  if (code < 0x10000) return [0xe0 | (code >> 12), tail(6), tail(0)];
  return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
};

export const hexOf = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Without padding. */
export const base64Of = (bytes: readonly number[]): string => {
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,6}/g) ?? []).map((six) => alphabet.charAt(Number.parseInt(six.padEnd(6, '0'), 2))).join('');
};

/** As `encodeURIComponent`, which throws on half of a surrogate pair. */
export const percentEncoded = (text: string): string =>
  encodeURIComponent([...text].map((character) => String.fromCodePoint(codePointOf(character))).join(''));
