// One connection to one MCP server: what it lists, and how each call on it ends.
// With `mcp-client.ts`, `task-call.ts` and `call-clock.ts` the only file that knows the SDK.

import {
  isInputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  type Tool as SdkTool,
  SseError,
} from '@modelcontextprotocol/client';
import type { Progress } from '@turnlog/core';
import { z } from 'zod';
import type { ToolCallRequest, ToolOutcome } from '../ports/tool-host.ts';
import { abortable } from './abortable.ts';
import { type CallClock, startCallClock } from './call-clock.ts';
import { inputParams, inputRequired, isRefused, pageRefused, pagesRequired } from './input-required.ts';
import { keepListing, type ToolPages } from './kept-listing.ts';
import { type ConnectOptions, closeClient, connectClient, sessionOf } from './mcp-client.ts';
import { callFailure, connectFailure, replyStreamEnded } from './mcp-failure.ts';
import { createOpenCalls } from './open-calls.ts';
import { callAsTask, isTaskCall } from './task-call.ts';
import { errorResult, toolResult } from './tool-result.ts';

export interface McpConnection {
  /** False once the process or the MCP session behind it is gone. */
  isOpen(): boolean;
  /** All pages, as the server sent them; kept as long as the server wants. */
  listTools(): Promise<ToolPages>;
  callTool(request: ToolCallRequest, signal: AbortSignal): Promise<ToolOutcome>;
  /** Nothing at the server belongs to this connection. */
  readonly isStateless: boolean;
  /** How another process can go on with the MCP session, where it can. */
  readonly resume?: string | undefined;
  close(): Promise<void>;
  /** Closes the connection alone: the MCP session stays for whoever resumes it. */
  leave(): Promise<void>;
}

const longestCallMs = 30 * 60_000;
const longestTaskMs = 24 * 3_600_000;
/** The longest that a timer can be set for: 24 days. */
const never = 2 ** 31 - 1;
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
  const pages = ProtocolError.isInstance(error) && error.code === ProtocolErrorCode.UrlElicitationRequired;
  if (pages) return pagesRequired(error.data) ?? { type: 'returned', result: errorResult(error.message) };
  return isAnswer ? { type: 'returned', result: errorResult((error as Error).message) } : undefined;
}

export interface ConnectionOptions extends Omit<ConnectOptions, 'onToolsChanged' | 'onQuestion'> {
  readonly log: (message: string) => void;
}

/** Rejects with the raw error; `connectFailure` says what it means. */
export async function openMcpConnection(options: ConnectionOptions): Promise<McpConnection> {
  const { timeoutMs } = options.config;
  const openCalls = createOpenCalls(options.log);
  const listing = keepListing(fetchPages);
  let isOpen = true;
  const client = await connectClient({ ...options, onToolsChanged: listing.forget, onQuestion: openCalls.ask });
  client.onclose = () => {
    isOpen = false;
  };
  // A broken event stream takes every reply with it, and the SDK only reports it.
  client.onerror = (error) => {
    if (SseError.isInstance(error)) void client.close();
  };

  async function fetchPages(): Promise<ToolPages> {
    try {
      const { tools, ttlMs } = await client.listTools(undefined, { timeout: timeoutMs, cacheMode: 'refresh' });
      return { tools, ...(typeof ttlMs === 'number' && { ttlMs }) };
    } catch (error) {
      if (callFailure(error, false).failure.kind === 'session_lost') isOpen = false;
      return { failure: connectFailure(error) };
    }
  }

  /**
   * What the SDK is told about a tool: servers of the 2026 era may want arguments mirrored in headers, as the input
   * schema says. Without an output schema the SDK cannot throw away a result that does not match it.
   */
  async function definitionOf(name: string): Promise<SdkTool> {
    const pages = client.getProtocolEra() === 'modern' ? await listing.latest() : { tools: [] };
    const listed = 'tools' in pages ? pages.tools.map((tool) => mirroredTool.safeParse(tool).data) : [];
    return listed.find((tool) => tool?.name === name) ?? { name, inputSchema: { type: 'object' } };
  }

  async function send(request: ToolCallRequest, clock: CallClock, signal: AbortSignal): Promise<ToolOutcome> {
    const { tool, arguments: args, effectId, input } = request;
    const isModern = client.getProtocolEra() === 'modern';
    if (input !== undefined && !isModern && isRefused(input)) return pageRefused;
    const { task, onProgress } = request;
    const heard = (progress: Progress) => {
      clock.touch();
      onProgress?.(progress);
    };
    if (task !== undefined && isTaskCall(client, task)) {
      const params = { name: tool, arguments: args, _meta: { [effectIdKey]: effectId } };
      return callAsTask({ client, params, task, heard, timeoutMs, signal });
    }
    const toolDefinition = await abortable(definitionOf(tool), signal);
    const raw: Readonly<Record<string, unknown>> = await client.callTool(
      { name: tool, arguments: args, ...(input && isModern && inputParams(input)), _meta: { [effectIdKey]: effectId } },
      // The SDK's own count cannot stand still. Without a listener it would not ask for progress.
      { timeout: never, onprogress: heard, signal, toolDefinition, allowInputRequired: true },
    );
    return isInputRequiredResult(raw)
      ? inputRequired(raw.inputRequests ?? {}, raw.requestState)
      : { type: 'returned', result: toolResult(raw) };
  }

  async function callTool(request: ToolCallRequest, signal: AbortSignal): Promise<ToolOutcome> {
    const longestMs = request.task === undefined ? longestCallMs : longestTaskMs;
    const clock = startCallClock(timeoutMs, Math.max(timeoutMs, longestMs));
    const stop = AbortSignal.any([signal, clock.signal]);
    try {
      const outcome = await openCalls
        .during(request, clock, () => send(request, clock, stop))
        .catch((error: unknown) => answerIn(error) ?? callFailure(error, signal.aborted));
      // Without a status it was a task that is lost, not the session.
      if ('failure' in outcome && outcome.failure.kind === 'session_lost' && outcome.failure.status !== undefined) isOpen = false;
      return outcome;
    } finally {
      clock.stop();
    }
  }

  return {
    isOpen: () => isOpen,
    listTools: listing.list,
    callTool,
    ...sessionOf(client),
    close: () => closeClient(client),
    leave: () => client.close(),
  };
}
