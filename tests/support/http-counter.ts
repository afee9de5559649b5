// A real MCP server over HTTP in the process of the test, whose tools promise nothing about repeats and whose effects are
// counted by the id that the engine sends. It outlives every worker that calls it: a call that was heard takes effect.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

export interface HttpCounter {
  readonly url: string;
  /** Effect ids in the order in which calls came in, and in which they took effect. */
  readonly heard: readonly string[];
  readonly effects: readonly string[];
  /** Whose caller was gone before it had its answer. */
  readonly cut: readonly string[];
  stop(): Promise<void>;
}

const effectIdKey = 'dev.turnlog/effect-id';
const inputSchema = { type: 'object' as const, properties: { n: { type: 'number' } } };

/**
 * `count` and `pay` wait `before` they count and `after` that, in milliseconds; so does `vanish`, which then breaks its
 * connection.
 */
export const startHttpCounter = async (): Promise<HttpCounter> => {
  const heard: string[] = [];
  const effects: string[] = [];
  const cut: string[] = [];

  const open = (response: ServerResponse) => {
    const server = new Server({ name: 'counter', version: '1.0.0' }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: ['count', 'pay', 'vanish'].map((name) => ({ name, inputSchema })),
    }));
    server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
      const { before = 0, after = 0 } = (params.arguments ?? {}) as { readonly before?: number; readonly after?: number };
      const effectId = String(params._meta?.[effectIdKey]);
      heard.push(effectId);
      response.once('close', () => {
        if (!response.writableFinished) cut.push(effectId);
      });
      await delay(before);
      effects.push(effectId);
      if (params.name === 'vanish') response.destroy();
      await delay(after);
      return { content: [{ type: 'text', text: String(effects.length) }] };
    });
    return server;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    await open(response).connect(transport);
    await transport.handleRequest(request, response, request.method === 'POST' ? await json(request) : undefined);
  };

  const http = createServer((request, response) => {
    if (request.method === 'POST') void answer(request, response).catch(() => response.destroy());
    else response.writeHead(405).end();
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    heard,
    effects,
    cut,
    stop: async () => {
      http.closeAllConnections();
      http.close();
      if (http.listening) await once(http, 'close');
    },
  };
};
