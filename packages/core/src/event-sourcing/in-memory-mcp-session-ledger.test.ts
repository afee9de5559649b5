import { describe, it } from 'vitest';
import { mcpSessionContract } from '../testing/mcp-session-contract.ts';
import { createInMemoryEventStore } from './in-memory-event-store.ts';
import { createInMemoryMcpSessionLedger } from './in-memory-mcp-session-ledger.ts';
import { createInMemoryWorkLedger } from './in-memory-work-ledger.ts';

const now = () => '2026-03-01T12:00:00.000Z';
let ids = 0;
const newId = () => {
  ids += 1;
  return `id-${ids}`;
};

describe('the ledger of MCP sessions in memory', () => {
  it.each(mcpSessionContract)('$name', ({ run }) => {
    const leases = createInMemoryWorkLedger(createInMemoryEventStore(), now);
    return run({ leases, sessions: createInMemoryMcpSessionLedger(leases, now) }, newId);
  });
});
