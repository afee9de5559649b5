import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { bulkLedgerContract } from './testing/bulk-ledger-contract.ts';
import { dropTemplate } from './testing/index.ts';
import { openTestStore, type TestStore } from './testing/open-test-store.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => {
  await test.dispose();
  await dropTemplate();
});

describe('the ledger of bulk work on Postgres', () => {
  it.each(bulkLedgerContract)('$name', ({ run }) => run({ bulk: test.bulk, leases: test.ledger }, randomUUID));
});
