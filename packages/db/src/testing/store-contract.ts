// The contract suite of core, by its path: a package's tests may read another package's sources, its code may not.

import type { Append, EventStore } from '@turnlog/core';

interface StoreContract {
  readonly eventStoreContract: readonly {
    readonly name: string;
    readonly run: (store: EventStore, newId: () => string) => Promise<void>;
  }[];
  readonly anAppend: (id: string, expectedVersion: number, comments: readonly string[], change?: Partial<Append>) => Append;
  readonly commentsOf: (store: EventStore, id: string) => Promise<unknown[]>;
}

const path = '../../../core/src/testing/event-store-contract.ts';

export const { eventStoreContract, anAppend, commentsOf }: StoreContract = await import(/* @vite-ignore */ path);
