// Strings of more than 64 KiB leave an event's data for the table `blobs` and come back on reading, to the byte.

import { createHash } from 'node:crypto';

export const MAX_INLINE_BYTES = 64 * 1024;

/** One UTF-16 unit is at most 3 bytes: below this length no string can be too long. */
const SURELY_INLINE = Math.floor(MAX_INLINE_BYTES / 3);

type Path = readonly (string | number)[];

export interface BlobReference {
  readonly path: Path;
  readonly sha256: string;
}

export interface Blob {
  readonly sha256: string;
  /** The string as JSON text. */
  readonly content: string;
}

const isLong = (text: string): boolean => text.length > SURELY_INLINE && Buffer.byteLength(text) > MAX_INLINE_BYTES;

const longStrings = (value: unknown, path: Path, found: { path: Path; text: string }[]): typeof found => {
  if (typeof value === 'string') {
    if (isLong(value)) found.push({ path, text: value });
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      longStrings(item, [...path, index], found);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) longStrings(item, [...path, key], found);
  }
  return found;
};

const put = (root: unknown, path: Path, value: unknown): void => {
  let holder = root as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>;
  const last = path.at(-1);
  if (last !== undefined) holder[last] = value;
};

export interface SplitData {
  /** JSON text of the data, with null where a long string stood, so that keys keep their order. */
  readonly text: string;
  readonly references: readonly BlobReference[];
  readonly blobs: readonly Blob[];
}

export const splitData = (data: unknown): SplitData => {
  const text = JSON.stringify(data);
  if (text.length <= SURELY_INLINE) return { text, references: [], blobs: [] };
  const found = longStrings(data, [], []).map(({ path, text: long }) => {
    const content = JSON.stringify(long);
    return { path, content, sha256: createHash('sha256').update(content).digest('hex') };
  });
  if (found.length === 0) return { text, references: [], blobs: [] };
  const rest: unknown = JSON.parse(text);
  for (const { path } of found) put(rest, path, null);
  return {
    text: JSON.stringify(rest),
    references: found.map(({ path, sha256 }) => ({ path, sha256 })),
    blobs: found.map(({ sha256, content }) => ({ sha256, content })),
  };
};

/** Puts the strings back into freshly parsed data. */
export const joinData = (data: unknown, references: readonly BlobReference[], contentOf: (sha256: string) => string): void => {
  for (const { path, sha256 } of references) put(data, path, JSON.parse(contentOf(sha256)));
};
