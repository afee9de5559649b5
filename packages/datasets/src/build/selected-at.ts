// Which conversations a filter chose at one point of the log. Head rows say what is now: what has changed since is folded again
// up to that point, so that a dataset is chosen from the same conversations whenever it is built.

import { type ConversationFilter, fold, type ListedConversation, type LogCursor, summarize } from '@turnlog/core';
import { allOf, chunksOf } from './every-page.ts';
import type { LogReader } from './fork-families.ts';

export interface DatasetFilter extends ConversationFilter {
  /** With one of these tags. */
  readonly tags?: readonly string[];
  /** With one of these models. */
  readonly models?: readonly string[];
}

/** Ordered as lists are; a conversation of the filter that had no event of its own yet is none of them. */
export const selectedAt = async (
  reader: LogReader,
  filter: DatasetFilter,
  through: LogCursor,
): Promise<readonly ListedConversation[]> => {
  const lasting = lastingOf(filter);
  if (Object.keys(filter).every((key) => key in lasting)) return listed(reader, lasting);
  const chosen = new Set<string>();
  for (const each of alternatives(filter)) for (const { id } of await listed(reader, each)) chosen.add(id);
  // Read after the former: one whose version is still that of `through` was listed as it was then.
  const all = await listed(reader, lasting);
  const versions = await versionsOf(reader, all, through);
  const selected: ListedConversation[] = [];
  for (const one of all) {
    const version = versions.get(one.id);
    if (version === undefined) continue;
    const isChosen = version === one.version ? chosen.has(one.id) : await matchedAt(reader, one.id, version, filter);
    if (isChosen) selected.push(one);
  }
  return selected;
};

/** Erased since then, of those that the filter may have chosen: what they said decides no longer. */
export const erasedSince = async (reader: LogReader, filter: DatasetFilter, through: LogCursor): Promise<readonly string[]> => {
  const closed = await listed(reader, { ...lastingOf(filter), phase: 'closed' });
  const versions = await versionsOf(reader, closed, through);
  return closed.filter(({ id, version }) => (versions.get(id) ?? version) < version).map(({ id }) => id);
};

/** What no later event changes. */
const lastingOf = ({ since, until, ids, forkedFrom }: DatasetFilter): ConversationFilter => ({
  ...(since !== undefined && { since }),
  ...(until !== undefined && { until }),
  ...(ids && { ids }),
  ...(forkedFrom && { forkedFrom }),
});

/** Ids are asked for so many at a time. */
const listed = async ({ list }: LogReader, filter: ConversationFilter): Promise<readonly ListedConversation[]> => {
  if (filter.ids === undefined) return allOf(list, filter);
  const found = await Promise.all(chunksOf(filter.ids).map((ids) => allOf(list, { ...filter, ids })));
  return found.flat();
};

/** A list takes one tag and one model. */
const alternatives = ({ tags, models, ...filter }: DatasetFilter): readonly ConversationFilter[] =>
  (tags ?? [filter.tag]).flatMap((tag) =>
    (models ?? [filter.model]).map((model) => ({
      ...filter,
      ...(tag !== undefined && { tag }),
      ...(model !== undefined && { model }),
    })),
  );

const versionsOf = async (
  reader: LogReader,
  all: readonly ListedConversation[],
  through: LogCursor,
): Promise<ReadonlyMap<string, number>> => {
  const versions = new Map<string, number>();
  for (const ids of chunksOf(all.map(({ id }) => id)))
    for (const [id, version] of await reader.versionsAt(ids, through)) versions.set(id, version);
  return versions;
};

const matchedAt = async ({ store }: LogReader, id: string, version: number, filter: DatasetFilter): Promise<boolean> => {
  const summary = summarize(fold(await store.read(id, { upTo: version })));
  return alternatives(filter).some(
    ({ phase, model, tag, q, rating }) =>
      (phase === undefined || summary.phase === phase) &&
      (model === undefined || summary.model === model) &&
      (tag === undefined || summary.tags.includes(tag)) &&
      (q === undefined || summary.title.toLowerCase().includes(q.toLowerCase())) &&
      (rating === undefined || summary.rating === rating),
  );
};
