// A conversation, what it was forked from, and every fork of the same origin: read from head rows, never from the log.

import type { Phase } from '../conversation/state.ts';
import type { ConversationFilter, ConversationList, ListedConversation } from '../ports/conversation-list.ts';

export interface FamilyMember {
  readonly id: string;
  readonly title: string;
  readonly phase: Phase;
  readonly version: number;
  readonly createdAt: string;
  /** Of a fork: whose it is, and at which version it was made. */
  readonly parent?: string;
  readonly at?: number;
  /** Ids of its forks, oldest first. */
  readonly children: readonly string[];
}

export interface ForkFamily {
  readonly root: string;
  /** A parent comes before its forks; the root is the first. */
  readonly members: readonly FamilyMember[];
  /** Whether there are more than were looked at. */
  readonly isCut: boolean;
}

/** A family of more is shown in part: this is for people, and each level costs a query. */
const maxMembers = 2_000;

export const findForkFamily = async (list: ConversationList, id: string): Promise<ForkFamily | undefined> => {
  const root = await findRoot(list, id);
  if (root === undefined) return undefined;
  const found = new Map([[root.id, root]]);
  let generation: readonly ListedConversation[] = [root];
  while (generation.length > 0 && found.size < maxMembers) {
    const forks: ListedConversation[] = [];
    for (const parents of chunksOf(generation.map((one) => one.id)))
      forks.push(...(await allOf(list, { forkedFrom: parents }, maxMembers - found.size - forks.length)));
    generation = forks.sort(byAge).filter((fork) => !found.has(fork.id));
    for (const fork of generation) found.set(fork.id, fork);
  }
  return { root: root.id, members: membersOf([...found.values()]), isCut: found.size >= maxMembers };
};

const byAge = (a: ListedConversation, b: ListedConversation): number =>
  `${a.createdAt} ${a.id}` < `${b.createdAt} ${b.id}` ? -1 : 1;

/** The oldest ancestor that is still listed. */
const findRoot = async (list: ConversationList, id: string): Promise<ListedConversation | undefined> => {
  let [root] = (await list.list({ ids: [id] }, { limit: 1 })).items;
  while (root?.forkedFrom !== undefined) {
    const [parent] = (await list.list({ ids: [root.forkedFrom.conversationId] }, { limit: 1 })).items;
    if (parent === undefined) return root;
    root = parent;
  }
  return root;
};

const pageSize = 200;

const chunksOf = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / pageSize) }, (_, index) => ids.slice(index * pageSize, (index + 1) * pageSize));

const allOf = async (
  list: ConversationList,
  filter: ConversationFilter,
  most: number,
): Promise<readonly ListedConversation[]> => {
  const items: ListedConversation[] = [];
  let cursor: string | undefined;
  while (items.length < most) {
    const page = await list.list(filter, {
      limit: Math.min(pageSize, most - items.length),
      ...(cursor !== undefined && { cursor }),
    });
    items.push(...page.items);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  return items;
};

const membersOf = (found: readonly ListedConversation[]): readonly FamilyMember[] => {
  const children = new Map<string, string[]>();
  for (const { id, forkedFrom } of found) {
    if (forkedFrom === undefined) continue;
    const siblings = children.get(forkedFrom.conversationId);
    if (siblings === undefined) children.set(forkedFrom.conversationId, [id]);
    else siblings.push(id);
  }
  return found.map(({ id, title, phase, version, createdAt, forkedFrom }) => ({
    id,
    title,
    phase,
    version,
    createdAt,
    ...(forkedFrom && { parent: forkedFrom.conversationId, at: forkedFrom.version }),
    children: children.get(id) ?? [],
  }));
};
