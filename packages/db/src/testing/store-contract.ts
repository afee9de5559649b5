// The contract suite of core, by its path: a package's tests may read another package's sources, its code may not.

import type { Append, Erasure, EventStore } from '@turnlog/core';

interface StoreContract {
  readonly eventStoreContract: readonly {
    readonly name: string;
    readonly run: (store: EventStore, newId: () => string) => Promise<void>;
  }[];
  readonly anAppend: (id: string, expectedVersion: number, comments: readonly string[], change?: Partial<Append>) => Append;
  readonly commentsOf: (store: EventStore, id: string) => Promise<unknown[]>;
}

const path = '../../../core/src/testing/event-store-contract.ts';

interface ErasureContract {
  readonly erasureContract: readonly {
    readonly name: string;
    readonly run: (store: EventStore & Erasure, newId: () => string) => Promise<void>;
  }[];
}

const erasurePath = '../../../core/src/testing/erasure-contract.ts';

export const { erasureContract }: ErasureContract = await import(/* @vite-ignore */ erasurePath);

export const { eventStoreContract, anAppend, commentsOf }: StoreContract = await import(/* @vite-ignore */ path);
