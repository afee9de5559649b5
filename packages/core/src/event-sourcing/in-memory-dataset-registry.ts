// What datasets hold, in memory.

import type { DatasetRegistry } from '../ports/dataset-registry.ts';
import type { InMemoryEventStore } from './in-memory-event-store.ts';

export const createInMemoryDatasetRegistry = (store: Pick<InMemoryEventStore, 'heads' | 'readersOf'>): DatasetRegistry => {
  const held = new Map<string, ReadonlySet<string>>();
  const withSources = async (conversations: readonly string[]): Promise<readonly string[]> => {
    const sources = await Promise.all(
      store.heads().map(async ({ id }) => {
        const readers = await store.readersOf(id);
        return readers.some((reader) => conversations.includes(reader.id)) ? [id] : [];
      }),
    );
    return [...conversations, ...sources.flat()];
  };
  return {
    register: async ({ dataset, conversations, keepsFormer = false }) => {
      const former = keepsFormer ? (held.get(dataset) ?? []) : [];
      held.set(dataset, new Set([...former, ...(await withSources(conversations))]));
    },
    holding: async (ids) => [...held].flatMap(([dataset, has]) => (ids.some((id) => has.has(id)) ? [dataset] : [])).sort(),
  };
};
