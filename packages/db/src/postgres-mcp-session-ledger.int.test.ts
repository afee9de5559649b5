import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { dropTemplate } from './testing/index.ts';
import { mcpSessionContract } from './testing/mcp-session-contract.ts';
import { openTestStore, type TestStore } from './testing/open-test-store.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => {
  await test.dispose();
  await dropTemplate();
});

describe('the ledger of MCP sessions on Postgres', () => {
  it.each(mcpSessionContract)('$name', ({ run }) => run({ sessions: test.mcpSessions, leases: test.ledger }, randomUUID));
});
