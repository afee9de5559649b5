// One connection to one MCP server: what it lists, and how each call on it ends.
// With `mcp-client.ts` the only file that knows the SDK.

import { ProtocolError, SdkError, SdkErrorCode, type Tool as SdkTool, SseError } from '@modelcontextprotocol/client';
import type { Failure } from '@turnlog/core';
import { z } from 'zod';
import type { ToolCallRequest, ToolOutcome } from '../ports/tool-host.ts';
import { abortable } from './abortable.ts';
import { type ConnectOptions, closeClient, connectClient } from './mcp-client.ts';
import { callFailure, connectFailure, replyStreamEnded } from './mcp-failure.ts';
import { errorResult, toolResult } from './tool-result.ts';

export type ToolPages = { readonly tools: readonly unknown[] } | { readonly failure: Failure };

export interface McpConnection {
  /** False once the process or the MCP session behind it is gone. */
  isOpen(): boolean;
  /** All pages, as the server sent them; kept until the server says that they changed. */
  listTools(): Promise<ToolPages>;
  callTool(request: ToolCallRequest, signal: AbortSignal): Promise<ToolOutcome>;
  close(): Promise<void>;
}

const longestCallMs = 30 * 60_000;
const effectIdKey = 'dev.turnlog/effect-id';

const mirroredTool = z.object({ name: z.string(), inputSchema: z.looseObject({ type: z.literal('object') }) });

// Raised after the server answered: trying again would call the tool again.
const answeredCodes: ReadonlySet<string> = new Set([
  SdkErrorCode.InvalidResult,
  SdkErrorCode.UnsupportedResultType,
  SdkErrorCode.InputRequiredRoundsExceeded,
  SdkErrorCode.CapabilityNotSupported,
]);

function answerIn(error: unknown): ToolOutcome | undefined {
  const isAnswer = ProtocolError.isInstance(error)
    ? error.data !== replyStreamEnded
    : SdkError.isInstance(error) && answeredCodes.has(error.code);
  return isAnswer ? { type: 'returned', result: errorResult((error as Error).message) } : undefined;
}

/** Rejects with the raw error; `connectFailure` says what it means. */
export async function openMcpConnection(options: Omit<ConnectOptions, 'onToolsChanged'>): Promise<McpConnection> {
  const { timeoutMs } = options.config;
  // Without a listener the SDK does not ask for progress, and nothing would start the count again.
  const progress = { onprogress: () => {}, resetTimeoutOnProgress: true };
  const waitOptions = { ...progress, timeout: timeoutMs, maxTotalTimeout: Math.max(timeoutMs, longestCallMs) };
  let pages: Promise<ToolPages> | undefined;
  let isOpen = true;
  const forget = () => {
    pages = undefined;
  };
  const client = await connectClient({ ...options, onToolsChanged: forget });
  client.onclose = () => {
    isOpen = false;
  };
  // A broken event stream takes every reply with it, and the SDK only reports it.
  client.onerror = (error) => {
    if (SseError.isInstance(error)) void client.close();
  };

  async function fetchPages(): Promise<ToolPages> {
    try {
      return { tools: (await client.listTools(undefined, { timeout: timeoutMs, cacheMode: 'refresh' })).tools };
    } catch (error) {
      forget();
      if (callFailure(error, false).failure.kind === 'session_lost') isOpen = false;
      return { failure: connectFailure(error) };
    }
  }

  function listTools(): Promise<ToolPages> {
    pages ??= fetchPages();
    return pages;
  }

  /**
   * What the SDK is told about a tool: servers of the 2026 era may want arguments mirrored in headers, as the input
   * schema says. Without an output schema the SDK cannot throw away a result that does not match it.
   */
  async function definitionOf(name: string): Promise<SdkTool> {
    const pages = client.getProtocolEra() === 'modern' ? await listTools() : { tools: [] };
    const listed = 'tools' in pages ? pages.tools.map((tool) => mirroredTool.safeParse(tool).data) : [];
    return listed.find((tool) => tool?.name === name) ?? { name, inputSchema: { type: 'object' } };
  }

  async function callTool({ tool, arguments: args, effectId }: ToolCallRequest, signal: AbortSignal): Promise<ToolOutcome> {
    try {
      const toolDefinition = await abortable(definitionOf(tool), signal);
      const raw = await client.callTool(
        { name: tool, arguments: args, _meta: { [effectIdKey]: effectId } },
        { ...waitOptions, signal, toolDefinition },
      );
      return { type: 'returned', result: toolResult(raw) };
    } catch (error) {
      const outcome = answerIn(error) ?? callFailure(error, signal.aborted);
      if (outcome.type !== 'returned' && outcome.failure.kind === 'session_lost') isOpen = false;
      return outcome;
    }
  }

  return { isOpen: () => isOpen, listTools, callTool, close: () => closeClient(client) };
}
