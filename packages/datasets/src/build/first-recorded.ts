// Of rows that train the same, the one that was recorded first stays. Whatever is recorded later can never take its place, so a
// new conversation never takes a row out of a file that stands.

import { createHash } from 'node:crypto';
import type { ProjectedRow, Row } from '../rows/projection.ts';

/** Columns by which two rows differ although they train the same. */
const lineage = new Set(['id', 'conversation', 'turn', 'model', 'timestamp', 'tags']);

/** Where an event stands in the whole log, as text that sorts as the log does. Times do not: an imported trace has those of its past. */
export type PlaceInLog = (conversation: string, version: number) => Promise<string>;

export interface FirstRecorded {
  /** Whether it was recorded before all others that train the same, of those that were asked about. */
  isFirst(row: ProjectedRow, shard: number): Promise<boolean>;
  /** Shards with a row of which an earlier one turned up in a later shard: they are to be made again, once all rows are known. */
  outdated(): readonly number[];
}

interface Holder extends Pick<ProjectedRow, 'id' | 'conversation' | 'toVersion'> {
  readonly shard: number;
}

export const createFirstRecorded = (placeOf: PlaceInLog): FirstRecorded => {
  const holders = new Map<string, Holder>();
  const outdated = new Set<number>();
  const isBefore = async (a: Omit<Holder, 'shard'>, b: Omit<Holder, 'shard'>): Promise<boolean> => {
    const [ofA, ofB] = [await placeOf(a.conversation, a.toVersion), await placeOf(b.conversation, b.toVersion)];
    return ofA < ofB || (ofA === ofB && a.id < b.id);
  };
  return {
    isFirst: async ({ id, conversation, toVersion, row }, shard) => {
      const key = trainedBy(row);
      const holder = holders.get(key);
      const asked = { id, conversation, toVersion };
      if (holder?.id === id) return true;
      if (holder !== undefined && (await isBefore(holder, asked))) return false;
      holders.set(key, { ...asked, shard });
      if (holder !== undefined) outdated.add(holder.shard);
      return true;
    },
    outdated: () => [...outdated].sort((a, b) => a - b),
  };
};

const trainedBy = (row: Row): string => {
  const trained = Object.fromEntries(Object.entries(row).filter(([name]) => !lineage.has(name)));
  // 16 bytes as 16 characters: there is one for every row. A slice of a longer text would keep that one.
  return createHash('sha256').update(JSON.stringify(trained)).digest().toString('latin1', 0, 16);
};
