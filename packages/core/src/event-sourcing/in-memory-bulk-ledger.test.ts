import { describe, it } from 'vitest';
import { bulkLedgerContract } from '../testing/bulk-ledger-contract.ts';
import { createInMemoryBulkLedger } from './in-memory-bulk-ledger.ts';

let ids = 0;
const newId = () => {
  ids += 1;
  return `id-${ids}`;
};

describe('the ledger of bulk work in memory', () => {
  it.each(bulkLedgerContract)('$name', ({ run }) => {
    const alive = new Set<string>();
    const leases = {
      due: async () => [],
      orphaned: async () => [],
      renewLease: async (worker: string) => {
        alive.add(worker);
        return [];
      },
      endLease: async (worker: string) => void alive.delete(worker),
    };
    const bulk = createInMemoryBulkLedger(
      () => '2026-03-01T12:00:00.000Z',
      (worker) => alive.has(worker),
    );
    return run({ bulk, leases }, newId);
  });
});
