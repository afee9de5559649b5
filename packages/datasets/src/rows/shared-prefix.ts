// How much of their streams two members of a fork family share.

import type { RecordedConversation } from './projection.ts';

export type Origins = ReadonlyMap<string, RecordedConversation['parent']>;

export const originsOf = (members: readonly RecordedConversation[]): Origins =>
  new Map(members.map(({ id, parent }) => [id, parent]));

/** The last version that is the same event in both; 0 where they are not related. */
export const sharedPrefix = (origins: Origins, a: string, b: string): number => {
  const ofA = lineOf(origins, a);
  const ofB = lineOf(origins, b);
  return Math.max(0, ...[...ofA].map(([id, versions]) => Math.min(versions, ofB.get(id) ?? 0)));
};

/** A conversation and its ancestors, each with how many of its versions the conversation has. */
const lineOf = (origins: Origins, id: string): ReadonlyMap<string, number> => {
  const line = new Map([[id, Number.POSITIVE_INFINITY]]);
  let shared = Number.POSITIVE_INFINITY;
  for (let origin = origins.get(id); origin !== undefined && !line.has(origin.id); origin = origins.get(origin.id)) {
    shared = Math.min(shared, origin.at);
    line.set(origin.id, shared);
  }
  return line;
};
