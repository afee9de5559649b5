// The contract suite of core for the ledger of MCP sessions, by its path, as in `erasure-contract.ts`.

import type { McpSessionLedger, WorkLedger } from '@turnlog/core';

interface McpSessionContract {
  readonly mcpSessionContract: readonly {
    readonly name: string;
    readonly run: (
      ledgers: { readonly sessions: McpSessionLedger; readonly leases: WorkLedger },
      newId: () => string,
    ) => Promise<void>;
  }[];
}

const path = '../../../core/src/testing/mcp-session-contract.ts';

export const { mcpSessionContract }: McpSessionContract = await import(/* @vite-ignore */ path);
