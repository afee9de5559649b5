// The contract suite of core for the ledger of bulk work, by its path, as in `erasure-contract.ts`.

import type { BulkLedger, WorkLedger } from '@turnlog/core';

interface BulkLedgerContract {
  readonly bulkLedgerContract: readonly {
    readonly name: string;
    readonly run: (parts: { readonly bulk: BulkLedger; readonly leases: WorkLedger }, newId: () => string) => Promise<void>;
  }[];
}

const path = '../../../core/src/testing/bulk-ledger-contract.ts';

export const { bulkLedgerContract }: BulkLedgerContract = await import(/* @vite-ignore */ path);
