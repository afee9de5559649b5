// One MCP server as the operator configured it: variables expanded, keys validated, defaults filled in.

import type { ApprovalPolicy, UnknownOutcomePolicy } from '@turnlog/core';

export interface StdioServer {
  readonly type: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
}

export interface RemoteServer {
  readonly type: 'http' | 'sse';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface McpServerPolicy {
  /** `shared`: one connection for all; `conversation`: a process or MCP session of its own for each conversation. */
  readonly scope: 'shared' | 'conversation';
  /** Whether the server's annotations are believed. */
  readonly trust: boolean;
  /** Silence longer than this ends a call; progress starts the count again. */
  readonly timeoutMs: number;
  readonly enabledTools?: readonly string[] | undefined;
  readonly disabledTools?: readonly string[] | undefined;
  /** One policy, or one by the tool's own name. */
  readonly approval?: ApprovalPolicy | Readonly<Record<string, ApprovalPolicy>> | undefined;
  /** Absent where the operator said nothing: then a trusted server's annotations may decide. */
  readonly onUnknownOutcome?: UnknownOutcomePolicy | undefined;
  readonly maxConcurrency?: number | undefined;
  /** Of scope `conversation`: a session that is not used for so long ends … */
  readonly sessionIdleMs?: number | undefined;
  /** … and one that has lived so long, once no call is under way in it. */
  readonly sessionLifetimeMs?: number | undefined;
  /** At most so many sessions of this server in one worker. */
  readonly maxSessions?: number | undefined;
  /** What the operator's variables held that were filled in above, by name: they are often secrets. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
}

export type McpServerConfig = (StdioServer | RemoteServer) & McpServerPolicy;

export function isToolEnabled(config: McpServerPolicy, tool: string): boolean {
  return (config.enabledTools?.includes(tool) ?? true) && !(config.disabledTools?.includes(tool) ?? false);
}
