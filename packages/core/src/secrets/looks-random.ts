// Whether a word looks as if a generator had made it to be a secret. Identifiers, digests, paths and encoded files look
// random too, and are what tools answer with all day: those forms are known and left alone.

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const digest = /^(?:(?:sha\d{1,3}|md5)[:-])?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i;
const integrity = /^sha\d{1,3}-[A-Za-z0-9+/]{20,}={0,2}$/;

/** 16 characters of a generator's alphabet carry at least 3 bits each; English words and names stay below, or have no digit. */
export const looksRandom = (value: string): boolean =>
  value.length >= 16 &&
  value.length <= 200 &&
  /^[\w+/=.~-]+$/.test(value) &&
  /\d/.test(value) &&
  /[A-Za-z]/.test(value) &&
  !uuid.test(value) &&
  !digest.test(value) &&
  !integrity.test(value) &&
  bitsPerCharacter(value) >= 3;

/** Shannon entropy of the characters of a word. */
export const bitsPerCharacter = (word: string): number => {
  const counts = new Map<string, number>();
  for (const character of word) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / word.length) * Math.log2(count / word.length);
  return bits;
};
