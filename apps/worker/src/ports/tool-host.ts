// The way to MCP servers. Every way a call can end is a value; only a bug throws.

import type { Failure, Tool, ToolResult } from '@turnlog/core';

export type ToolListing =
  | { readonly type: 'listed'; readonly tools: readonly Tool[]; readonly warnings: readonly string[] }
  | { readonly type: 'failed'; readonly server: string; readonly failure: Failure };

export interface ToolCallRequest {
  readonly conversationId: string;
  readonly server: string;
  /** The tool's own name on its server. */
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
  /** The same for every attempt of this call; sent in `_meta` so that a server of one's own can de-duplicate. */
  readonly effectId: string;
}

export type ToolOutcome =
  | { readonly type: 'returned'; readonly result: ToolResult }
  /** Nothing reached the tool: trying again is safe for every tool. */
  | { readonly type: 'not_sent'; readonly failure: Failure }
  /** The call was sent and no answer came: the tool may have run. */
  | { readonly type: 'unknown'; readonly failure: Failure };

export interface ToolHost {
  /** Lists the tools of these servers, in this order, with names mapped to what models accept. */
  list(servers: readonly string[], signal: AbortSignal): Promise<ToolListing>;
  call(request: ToolCallRequest, signal: AbortSignal): Promise<ToolOutcome>;
  /** Ends every server process and session. Calling it twice is safe. */
  close(): Promise<void>;
}
