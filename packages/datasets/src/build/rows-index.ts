// Where each row stands and what it was made from: the lineage of a dataset, beside its rows.

import { gzipSync, strToU8 } from 'fflate';

/** [id, file, index in the file, conversation, fromVersion, toVersion, sha256 of the row's JSON] */
export type RowPlace = readonly [string, string, number, string, number, number, string];

/**
 * Ordered by conversation, then version. Packed by JavaScript: what zlib makes of the same text changes with its version and
 * with the processor, and the manifest holds the digest of these bytes.
 */
export const rowsIndex = (places: readonly RowPlace[]): Uint8Array => {
  const lines = [...places].sort(byPlace).map((place) => JSON.stringify(place));
  return gzipSync(strToU8(`[${lines.join(',\n')}]\n`), { level: 6, mtime: 0 });
};

const byPlace = (a: RowPlace, b: RowPlace): number =>
  a[3] < b[3] ? -1 : a[3] > b[3] ? 1 : a[5] - b[5] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : a[2] - b[2]);
