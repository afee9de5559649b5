// The tool host over MCP: which connection a call takes, and what the caller learns about it.
// Nothing secret leaves here: failures, warnings, tools and results all end in the log.

import { createSecretHider, type Failure, type Progress } from '@turnlog/core';
import type { HeldSessions, ToolCallRequest, ToolHost, ToolListing, ToolOutcome } from '../ports/tool-host.ts';
import { abortable } from './abortable.ts';
import { createConnectionPool, type PoolKey } from './connection-pool.ts';
import { createSessionHolder } from './held-sessions.ts';
import type { ToolPages } from './kept-listing.ts';
import { type McpConnection, openMcpConnection } from './mcp-connection.ts';
import { connectFailure } from './mcp-failure.ts';
import { isToolEnabled, type McpServerConfig } from './mcp-server-config.ts';
import { createSemaphore, type Semaphore } from './semaphore.ts';
import { secretsOf } from './server-secrets.ts';
import { createStderrTail } from './stderr-tail.ts';
import { nameTools } from './tool-listing.ts';
import { createToolSchemas, type ToolSchemas } from './tool-schemas.ts';

export type { McpServerConfig } from './mcp-server-config.ts';

export interface McpToolHostOptions {
  readonly log?: (message: string) => void;
  /** Values that may not leave, besides those of the servers' own configuration. */
  readonly secrets?: readonly string[];
  readonly idleMs?: number;
  readonly maxConversations?: number;
  /** Shared with whoever checks calls, so that each schema is compiled once. */
  readonly schemas?: ToolSchemas;
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
): ToolHost & { readonly sessions: HeldSessions } {
  const { log = () => {}, secrets = [], idleMs = defaultIdleMs, maxConversations = defaultMaxConversations } = options;
  const { schemas = createToolSchemas() } = options;
  const configs = new Map(Object.entries(servers));
  const configuredSecrets = [...configs.values()].map(secretsOf);
  const messages = createSecretHider([...secrets, ...configuredSecrets.flatMap(({ inMessages }) => inMessages)]);
  const results = createSecretHider([...secrets, ...configuredSecrets.flatMap(({ inResults }) => inResults)]);
  const pool = createConnectionPool<McpConnection>({ open, idleMs, maxConversations });
  const lastWords = new WeakMap<McpConnection, () => string>();
  const sessions = createSessionHolder({ open, lastWords: (connection) => lastWords.get(connection)?.() ?? '' });
  let isClosed = false;
  const places = new Map<string, Semaphore>();
  for (const [server, { maxConcurrency }] of configs) places.set(server, createSemaphore(maxConcurrency));

  function clean<F extends Failure>(failure: F): F {
    return { ...failure, message: messages.text(failure.message).slice(0, longestMessage) };
  }

  async function open(server: string, signal: AbortSignal, resume?: string): Promise<McpConnection> {
    const config = configs.get(server);
    if (!config) throw new ConnectFailed(notConfigured(`no MCP server is named "${server}"`));
    const stderr = createStderrTail(messages);
    try {
      const connection = await openMcpConnection({ config, signal, resume, log, onStderr: (chunk) => stderr.push(chunk) });
      lastWords.set(connection, stderr.read);
      return connection;
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

  /** A server may print its settings into a description. A name stays: it is what the tool is called by. */
  function withoutSecrets(tool: unknown): unknown {
    const shown = results.value(tool);
    const isNamed = shown !== tool && typeof tool === 'object' && tool !== null && 'name' in tool;
    return isNamed ? { ...(shown as object), name: tool.name } : shown;
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
      listed.push({ server, config, tools: pages.tools.map(withoutSecrets) });
    }
    const named = nameTools(listed, schemas);
    const warnings = named.warnings.map(messages.text);
    for (const warning of warnings) log(warning);
    return { type: 'listed', tools: named.tools, warnings };
  }

  function keyFor({ server, conversationId }: ToolCallRequest): PoolKey {
    return configs.get(server)?.scope === 'conversation' ? { server, conversationId } : { server };
  }

  /** What a server asks ends in the log as well. Its `requestState` has to come back as it went. */
  function hidingElicit({ elicit }: ToolCallRequest): Pick<ToolCallRequest, 'elicit'> {
    return elicit === undefined ? {} : { elicit: (question, stop) => elicit(results.value(question), stop) };
  }

  function hidingProgress({ onProgress }: ToolCallRequest): Pick<ToolCallRequest, 'onProgress'> {
    return onProgress === undefined ? {} : { onProgress: (progress) => onProgress(shownProgress(progress)) };
  }

  function shownProgress({ progress, total, message }: Progress): Progress {
    return {
      ...(progress !== undefined && { progress }),
      ...(total !== undefined && { total }),
      ...(message !== undefined && { message: results.value(message).slice(0, longestMessage) }),
    };
  }

  function hidden(outcome: ToolOutcome): ToolOutcome {
    switch (outcome.type) {
      case 'returned':
        return { ...outcome, result: results.value(outcome.result) };
      case 'input_required':
        return { ...outcome, requests: results.value(outcome.requests) };
      default:
        return { ...outcome, failure: clean(outcome.failure) };
    }
  }

  async function callInTurn(request: ToolCallRequest, signal: AbortSignal): Promise<ToolOutcome> {
    const release = await places.get(request.server)?.acquire(signal);
    try {
      const callOn = (connection: McpConnection) =>
        connection.callTool({ ...request, ...hidingElicit(request), ...hidingProgress(request) }, signal);
      const { session } = request;
      return await (session ? sessions.use(request.server, session, signal, callOn) : pool.use(keyFor(request), signal, callOn));
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
      return hidden(outcome);
    } catch (error) {
      return { type: 'not_sent', failure: failureOf(error, signal) };
    }
  }

  return {
    list,
    call,
    sessions,
    async close() {
      isClosed = true;
      await Promise.all([pool.close(), sessions.close()]);
    },
  };
}
