// The selected conversations in their fork families, as the log was at one point: what a build reads, in an order that does not
// depend on when it is read.

import type { ConversationList, EventStore, ListedConversation, LogCursor } from '@turnlog/core';
import type { Family, RecordedConversation } from '../rows/projection.ts';
import { allOf, chunksOf } from './every-page.ts';
import { type DatasetFilter, selectedAt } from './selected-at.ts';

export interface FamilyMember {
  readonly id: string;
  /** The last version that counts. */
  readonly version: number;
  readonly forkedFrom?: { readonly conversationId: string; readonly version: number };
  readonly isSelected: boolean;
}

export interface ForkFamilyIndex {
  readonly root: string;
  /** Ordered by id. */
  readonly members: readonly FamilyMember[];
}

export interface LogReader {
  readonly list: ConversationList;
  readonly store: Pick<EventStore, 'read'>;
  /** Where a conversation's own events stand in the log: by version, as text that sorts as the log does. */
  readonly placesInLog: (id: string) => Promise<ReadonlyMap<number, string>>;
  /** The last version of each conversation at that point of the log; absent from the map where it had none of its own. */
  readonly versionsAt: (ids: readonly string[], through: LogCursor) => Promise<ReadonlyMap<string, number>>;
}

/** Ids and versions of all families that have a selected member, ordered by root. */
export const findFamilies = async (
  reader: LogReader,
  filter: DatasetFilter,
  through: LogCursor,
): Promise<readonly ForkFamilyIndex[]> => {
  const selected = await selectedAt(reader, filter, through);
  const selectedIds = new Set(selected.map(({ id }) => id));
  const found = await relatives(reader.list, selected);
  const versions = new Map<string, number>();
  for (const ids of chunksOf([...found.keys()]))
    for (const [id, version] of await reader.versionsAt(ids, through)) versions.set(id, version);

  const families = new Map<string, FamilyMember[]>();
  for (const one of found.values()) {
    const version = versions.get(one.id);
    if (version === undefined || one.phase === 'closed') continue;
    const root = rootOf(one, found);
    const member = {
      id: one.id,
      version,
      ...(one.forkedFrom && { forkedFrom: one.forkedFrom }),
      isSelected: selectedIds.has(one.id),
    };
    families.set(root, [...(families.get(root) ?? []), member]);
  }
  return [...families]
    .map(([root, members]) => ({ root, members: members.sort(byId) }))
    .filter(({ members }) => members.some(({ isSelected }) => isSelected))
    .sort((a, b) => (a.root < b.root ? -1 : 1));
};

export const readFamily = async ({ store }: Pick<LogReader, 'store'>, { root, members }: ForkFamilyIndex): Promise<Family> => ({
  root,
  members: await Promise.all(
    members.map(
      async ({ id, version, forkedFrom, isSelected }): Promise<RecordedConversation> => ({
        id,
        events: await store.read(id, { upTo: version }),
        inherited: forkedFrom?.version ?? 0,
        ...(forkedFrom && { parent: { id: forkedFrom.conversationId, at: forkedFrom.version } }),
        isSelected,
      }),
    ),
  ),
});

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

/** Ancestors first, then all forks of all of them, generation by generation. */
const relatives = async (
  list: ConversationList,
  selected: readonly ListedConversation[],
): Promise<ReadonlyMap<string, ListedConversation>> => {
  const found = new Map(selected.map((one) => [one.id, one]));
  for (let generation = selected; generation.length > 0; ) {
    const parents = new Set(generation.flatMap(({ forkedFrom }) => (forkedFrom ? [forkedFrom.conversationId] : [])));
    generation = await added(
      found,
      list,
      [...parents].filter((id) => !found.has(id)),
      'ids',
    );
  }
  for (let generation = [...found.values()]; generation.length > 0; )
    generation = await added(
      found,
      list,
      generation.map(({ id }) => id),
      'forkedFrom',
    );
  return found;
};

const added = async (
  found: Map<string, ListedConversation>,
  list: ConversationList,
  ids: readonly string[],
  key: 'ids' | 'forkedFrom',
): Promise<ListedConversation[]> => {
  const fresh: ListedConversation[] = [];
  for (const chunk of chunksOf(ids))
    for (const one of await allOf(list, { [key]: chunk })) if (!found.has(one.id)) fresh.push(one);
  for (const one of fresh) found.set(one.id, one);
  return fresh;
};

const rootOf = (one: ListedConversation, found: ReadonlyMap<string, ListedConversation>): string => {
  let root = one;
  for (;;) {
    const parent = root.forkedFrom && found.get(root.forkedFrom.conversationId);
    if (parent === undefined) return root.id;
    root = parent;
  }
};
