// The tool host over MCP: which connection a call takes, and what the caller learns about it.
// Nothing secret leaves here: every failure is redacted, because failures end in the log.

import type { Failure } from '@turnlog/core';
import type { ToolCallRequest, ToolHost, ToolListing, ToolOutcome } from '../ports/tool-host.ts';
import { abortable } from './abortable.ts';
import { createConnectionPool, type PoolKey } from './connection-pool.ts';
import { type McpConnection, openMcpConnection, type ToolPages } from './mcp-connection.ts';
import { connectFailure } from './mcp-failure.ts';
import { isToolEnabled, type McpServerConfig, secretsOf } from './mcp-server-config.ts';
import { redact } from './redact.ts';
import { createSemaphore, type Semaphore } from './semaphore.ts';
import { createStderrTail } from './stderr-tail.ts';
import { nameTools } from './tool-listing.ts';

export type { McpServerConfig } from './mcp-server-config.ts';

export interface McpToolHostOptions {
  readonly log?: (message: string) => void;
  /** Values to take out of every message, besides those of the servers' own configuration. */
  readonly secrets?: readonly string[];
  readonly idleMs?: number;
  readonly maxConversations?: number;
}

const defaultIdleMs = 5 * 60_000;
const defaultMaxConversations = 64;
const longestMessage = 1000;

/** Carries the failure of a connect through the pool to everyone who waits for it. */
class ConnectFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

const aborted: Failure = { kind: 'lost', message: 'aborted before the call was sent' };

function notConfigured(message: string): Failure {
  return { kind: 'not_configured', message };
}

export function createMcpToolHost(
  servers: Readonly<Record<string, McpServerConfig>>,
  options: McpToolHostOptions = {},
): ToolHost {
  const { log = () => {}, secrets = [], idleMs = defaultIdleMs, maxConversations = defaultMaxConversations } = options;
  const configs = new Map(Object.entries(servers));
  const allSecrets = [...secrets, ...[...configs.values()].flatMap(secretsOf)];
  const pool = createConnectionPool<McpConnection>({ open, idleMs, maxConversations });
  let isClosed = false;
  const places = new Map<string, Semaphore>();
  for (const [server, { maxConcurrency }] of configs) places.set(server, createSemaphore(maxConcurrency));

  function clean<F extends Failure>(failure: F): F {
    return { ...failure, message: redact(failure.message, allSecrets).slice(0, longestMessage) };
  }

  async function open(server: string, signal: AbortSignal): Promise<McpConnection> {
    const config = configs.get(server);
    if (!config) throw new ConnectFailed(notConfigured(`no MCP server is named "${server}"`));
    const stderr = createStderrTail(allSecrets);
    try {
      return await openMcpConnection({ config, signal, onStderr: (chunk) => stderr.push(chunk) });
    } catch (error) {
      const lastWords = stderr.read();
      // The guard's words. A program that is not there will not come by waiting.
      const missing = /cannot start .*(?:ENOENT|EACCES).*/.exec(lastWords)?.[0];
      if (missing !== undefined) throw new ConnectFailed(notConfigured(`MCP server "${server}": ${missing}`));
      const failure = clean(connectFailure(error));
      const message = `MCP server "${server}" could not be started or reached: ${failure.message}`;
      throw new ConnectFailed({ ...failure, message: lastWords ? `${message}. stderr: ${lastWords}` : message });
    }
  }

  function failureOf(error: unknown, signal: AbortSignal): Failure {
    if (error instanceof ConnectFailed) return error.failure;
    // Aborts of the caller, and of the pool when it closes; anything else is a bug and thrown on.
    if (signal.aborted) return aborted;
    if (isClosed) return { kind: 'lost', message: 'the tool host is closed' };
    throw error;
  }

  async function fetchPages(server: string, signal: AbortSignal): Promise<ToolPages> {
    // A listing is shared, so an abort only stops the wait for it.
    const list = () =>
      pool.use({ server }, signal, async (connection) => ({
        connection,
        pages: await abortable(connection.listTools(), signal),
      }));
    try {
      const first = await list();
      // Listing has no effect on the tools, so a lost MCP session is simply opened again.
      const { pages } = 'failure' in first.pages && !first.connection.isOpen() ? await list() : first;
      return 'failure' in pages ? { failure: clean(pages.failure) } : pages;
    } catch (error) {
      return { failure: failureOf(error, signal) };
    }
  }

  async function list(names: readonly string[], signal: AbortSignal): Promise<ToolListing> {
    const unknown = names.find((name) => !configs.has(name));
    if (unknown !== undefined) {
      return { type: 'failed', server: unknown, failure: notConfigured(`no MCP server is named "${unknown}"`) };
    }
    const listed = [];
    const fetched = await Promise.all(names.map((server) => fetchPages(server, signal)));
    for (const [index, server] of names.entries()) {
      const pages = fetched[index];
      const config = configs.get(server);
      if (!pages || !config) continue;
      if ('failure' in pages) return { type: 'failed', server, failure: pages.failure };
      listed.push({ server, config, tools: pages.tools });
    }
    const named = nameTools(listed);
    for (const warning of named.warnings) log(warning);
    return { type: 'listed', ...named };
  }

  function keyFor({ server, conversationId }: ToolCallRequest): PoolKey {
    return configs.get(server)?.scope === 'conversation' ? { server, conversationId } : { server };
  }

  async function callInTurn(request: ToolCallRequest, signal: AbortSignal): Promise<ToolOutcome> {
    const release = await places.get(request.server)?.acquire(signal);
    try {
      return await pool.use(keyFor(request), signal, (connection) => connection.callTool(request, signal));
    } finally {
      release?.();
    }
  }

  async function call(request: ToolCallRequest, signal: AbortSignal): Promise<ToolOutcome> {
    const config = configs.get(request.server);
    if (!config || !isToolEnabled(config, request.tool)) {
      const what = config
        ? `the tool "${request.tool}" is not enabled on "${request.server}"`
        : `no MCP server is named "${request.server}"`;
      return { type: 'not_sent', failure: notConfigured(what) };
    }
    try {
      const outcome = await callInTurn(request, signal);
      return outcome.type === 'returned' ? outcome : { ...outcome, failure: clean(outcome.failure) };
    } catch (error) {
      return { type: 'not_sent', failure: failureOf(error, signal) };
    }
  }

  return {
    list,
    call,
    async close() {
      isClosed = true;
      await pool.close();
    },
  };
}
