// The contract suite of core for erasing, by its path, as in `store-contract.ts`; apart from it, as processes of the built program
// load that one and this one needs the sources of core.

import type { Erasure, EventStore } from '@turnlog/core';

interface ErasureContract {
  readonly erasureContract: readonly {
    readonly name: string;
    readonly run: (store: EventStore & Erasure, newId: () => string) => Promise<void>;
  }[];
}

const path = '../../../core/src/testing/erasure-contract.ts';

export const { erasureContract }: ErasureContract = await import(/* @vite-ignore */ path);
