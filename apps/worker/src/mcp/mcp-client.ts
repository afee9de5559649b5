// An SDK client that is connected: the transports, the protocol eras and the fallbacks between them.
// With `mcp-connection.ts`, `task-call.ts` and `call-clock.ts` the only file that knows the SDK.

import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  type ElicitResult,
  type JSONRPCMessage,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { getDefaultEnvironment } from '@modelcontextprotocol/client/stdio';
import type { Elicited, Question } from '@turnlog/core';
import { z } from 'zod';
import { fetchMcp } from './fetch-mcp.ts';
import { questionOf } from './input-required.ts';
import { connectFailure, replyStreamEnded } from './mcp-failure.ts';
import type { McpServerConfig, RemoteServer } from './mcp-server-config.ts';
import { opened, sealResults } from './raw-results.ts';
import { exitCodeNotStarted } from './stdio-guard.ts';
import { createStdioTransport } from './stdio-transport.ts';

export interface ConnectOptions {
  readonly config: McpServerConfig;
  readonly onStderr: (chunk: Buffer) => void;
  readonly onToolsChanged: () => void;
  /** Of the 2025 era: the server asks the user in the middle of a call. */
  readonly onQuestion: (question: Question, signal: AbortSignal) => Promise<Elicited>;
  /** Gives up connecting. */
  readonly signal: AbortSignal;
  /** Goes on with an MCP session that was opened before, as `sessionOf` told it. */
  readonly resume?: string | undefined;
}

/** One way to reach a server, and which failure of it speaks for trying the next. */
interface Way {
  readonly mode: 'auto' | 'legacy';
  readonly transport: Transport;
  pointsToNext(error: unknown): boolean;
}

// A first start may download the server.
const connectTimeoutMs = 60_000;
// Servers of the earlier era answer the probe with an error at once; only those that ignore it take this long.
const stdioProbeTimeoutMs = 10_000;
const endSessionTimeoutMs = 1000;

/** Behind the SDK results are opened again, so it must not look into them. */
const rawResults = {
  'tools/list': z
    .unknown()
    .transform(opened)
    .pipe(z.looseObject({ tools: z.array(z.unknown()) })),
  'tools/call': z.unknown().transform(opened).pipe(z.looseObject({})),
} as const;

function stdioWay(config: McpServerConfig & { type: 'stdio' }, mode: Way['mode'], onStderr: (chunk: Buffer) => void): Way {
  const env = { ...getDefaultEnvironment(), ...config.env };
  const transport = createStdioTransport<JSONRPCMessage>({ ...config, env, onStderr });
  // Some servers end when the first message is not `initialize`.
  const pointsToNext = (error: unknown) =>
    SdkError.isInstance(error) &&
    error.code === SdkErrorCode.EraNegotiationFailed &&
    transport.exitCode !== null &&
    transport.exitCode !== exitCodeNotStarted;
  return { mode, transport: transport as Transport, pointsToNext };
}

/** A server that dies after it began to reply would otherwise leave the request open until it times out. */
function failOnEndedReply(transport: StreamableHTTPClientTransport): void {
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    const onRequestStreamEnd = () => {
      options?.onRequestStreamEnd?.();
      if (Array.isArray(message) || !('method' in message) || !('id' in message) || typeof message.id !== 'number') return;
      const error = { code: -32000, message: replyStreamEnded.reason, data: replyStreamEnded };
      transport.onmessage?.({ jsonrpc: '2.0', id: message.id, error });
    };
    return send(message, { ...options, onRequestStreamEnd });
  };
}

const resumeSchema = z.object({ sessionId: z.string(), protocolVersion: z.string().optional() });

/** Only streamable HTTP knows sessions that outlive their connection; a server of it without one keeps nothing for us. */
export function sessionOf(client: Client): { readonly isStateless: boolean; readonly resume?: string } {
  const { transport } = client;
  if (!(transport instanceof StreamableHTTPClientTransport)) return { isStateless: false };
  const { sessionId, protocolVersion } = transport;
  return sessionId === undefined
    ? { isStateless: true }
    : { isStateless: false, resume: JSON.stringify({ sessionId, protocolVersion }) };
}

function httpWay({ url, headers }: RemoteServer, resume?: string): Way {
  const session = resume === undefined ? {} : resumeSchema.parse(JSON.parse(resume));
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers }, fetch: fetchMcp, ...session });
  failOnEndedReply(transport);
  // The specification's signs of a server that only speaks HTTP+SSE.
  const pointsToNext = (error: unknown) => [400, 404, 405].includes(connectFailure(error).status ?? 0);
  return { mode: 'auto', transport: transport as Transport, pointsToNext };
}

function sseWay({ url, headers }: RemoteServer): Way {
  const transport = new SSEClientTransport(new URL(url), { requestInit: { headers }, fetch: fetchMcp });
  return { mode: 'legacy', transport: transport as Transport, pointsToNext: () => false };
}

function waysTo({ config, onStderr, resume }: ConnectOptions): readonly (() => Way)[] {
  if (config.type === 'stdio') return [() => stdioWay(config, 'auto', onStderr), () => stdioWay(config, 'legacy', onStderr)];
  return config.type === 'sse' ? [() => sseWay(config)] : [() => httpWay(config, resume), () => sseWay(config)];
}

function createClient(mode: Way['mode'], isStdio: boolean, { onToolsChanged, onQuestion }: ConnectOptions): Client {
  // Servers offer other tools to other capabilities: they stay fixed, or recorded snapshots would not replay.
  const client = new Client(
    { name: 'turnlog', version: '0.1.0' },
    {
      capabilities: { elicitation: { form: { applyDefaults: true }, url: {} } },
      // Answers may take days: the call is not held, but sent again once they are there.
      inputRequired: { autoFulfill: false },
      versionNegotiation: { mode, probe: isStdio ? { timeoutMs: stdioProbeTimeoutMs } : {} },
      listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: onToolsChanged } },
    },
  );
  client.setRequestHandler('elicitation/create', async ({ params }, { mcpReq }) => {
    const question = questionOf(params);
    if (question === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'This cannot be put to a user.');
    const { action, content } = await onQuestion(question, mcpReq.signal);
    return { action, ...(content && { content: content as ElicitResult['content'] }) } as ElicitResult;
  });
  const request = client.request.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const requestRaw = (message: { method: string }, ...rest: unknown[]) => {
    const schema = Object.entries(rawResults).find(([method]) => method === message.method)?.[1];
    return schema === undefined ? request(message, ...rest) : request(message, schema, ...rest);
  };
  client.request = requestRaw as typeof client.request;
  return client;
}

async function connectOver(way: Way, options: ConnectOptions): Promise<Client> {
  const { signal } = options;
  const client = createClient(way.mode, 'pid' in way.transport, options);
  const giveUp = () => void way.transport.close();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await client.connect(way.transport, { timeout: connectTimeoutMs });
    sealResults(way.transport);
    signal.throwIfAborted();
    return client;
  } catch (error) {
    await way.transport.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Tries each way to the server; where a later one fails too, the first failure is the one that says most. */
export async function connectClient(options: ConnectOptions): Promise<Client> {
  let first: unknown;
  for (const openWay of waysTo(options)) {
    const way = openWay();
    try {
      return await connectOver(way, options);
    } catch (error) {
      first ??= error;
      if (options.signal.aborted || !way.pointsToNext(error)) break;
    }
  }
  throw first;
}

export async function closeClient(client: Client): Promise<void> {
  const { transport } = client;
  if (transport instanceof StreamableHTTPClientTransport) {
    const ended = transport.terminateSession().catch(() => {});
    await Promise.race([ended, delay(endSessionTimeoutMs, undefined, { ref: false })]);
  }
  await client.close();
}
