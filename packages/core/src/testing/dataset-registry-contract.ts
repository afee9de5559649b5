// What a registry of datasets answers, on both stores. Like the contract of the event store, it belongs to no test framework.

import type { EventStore } from '../event-sourcing/event-store.ts';
import type { DatasetRegistry } from '../ports/dataset-registry.ts';
import type { Erasure } from '../ports/erasure.ts';
import { anAppend, mustEqual } from './event-store-case.ts';

export interface DatasetRegistryCase {
  readonly name: string;
  readonly run: (parts: DatasetRegistryParts, newId: () => string) => Promise<void>;
}

export interface DatasetRegistryParts {
  readonly store: EventStore & Erasure;
  readonly datasets: DatasetRegistry;
}

export const datasetRegistryContract: readonly DatasetRegistryCase[] = [
  {
    name: 'names every dataset that holds rows of a conversation, and no other',
    run: async ({ store, datasets }, newId) => {
      const [one, two, neither] = [newId(), newId(), newId()];
      for (const id of [one, two, neither]) await store.append(anAppend(id, 0, ['a']));
      await datasets.register({ dataset: `/b/${one}`, conversations: [one, two] });
      await datasets.register({ dataset: `/a/${one}`, conversations: [one] });
      mustEqual('one', await datasets.holding([one]), [`/a/${one}`, `/b/${one}`]);
      mustEqual('two', await datasets.holding([two]), [`/b/${one}`]);
      mustEqual('several', await datasets.holding([two, one, neither]), [`/a/${one}`, `/b/${one}`]);
      mustEqual('neither', await datasets.holding([neither]), []);
      mustEqual('none asked', await datasets.holding([]), []);
    },
  },
  {
    name: 'a dataset that is built again holds what it was built from last; one that keeps revisions holds all',
    run: async ({ store, datasets }, newId) => {
      const [one, two] = [newId(), newId()];
      for (const id of [one, two]) await store.append(anAppend(id, 0, ['a']));
      for (const id of [one, two]) {
        await datasets.register({ dataset: `/folder/${one}`, conversations: [id] });
        await datasets.register({ dataset: `owner/${one}`, conversations: [id], keepsFormer: true });
      }
      mustEqual('the first', await datasets.holding([one]), [`owner/${one}`]);
      mustEqual('the second', await datasets.holding([two]), [`/folder/${one}`, `owner/${one}`]);
      await datasets.register({ dataset: `/folder/${one}`, conversations: [] });
      mustEqual('emptied', await datasets.holding([two]), [`owner/${one}`]);
    },
  },
  {
    name: 'rows of a fork are rows of the conversations it begins from, also when the fork is gone',
    run: async ({ store, datasets }, newId) => {
      const [root, child, grandchild] = [newId(), newId(), newId()];
      await store.append(anAppend(root, 0, ['a', 'b']));
      await store.append(anAppend(child, 2, ['c'], { fork: { parent: root, at: 2 } }));
      await store.append(anAppend(grandchild, 3, ['d'], { fork: { parent: child, at: 3 } }));
      await datasets.register({ dataset: `/d/${root}`, conversations: [grandchild] });
      for (const id of [root, child, grandchild]) mustEqual(id, await datasets.holding([id]), [`/d/${root}`]);
    },
  },
];
