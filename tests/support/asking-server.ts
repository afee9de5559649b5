// An MCP server of the 2026 era whose one tool asks the user before it books: it ends the call with its question, and wants it sent
// again with the answer and with what it gave along. It holds nothing for anyone.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface AskingServer {
  readonly url: string;
  /** The parameters of each `tools/call`. */
  readonly calls: readonly CallParams[];
  stop(): Promise<void>;
}

export interface CallParams {
  readonly arguments?: Record<string, unknown>;
  readonly requestState?: string;
  readonly inputResponses?: Record<string, unknown>;
}

/** Has to come back as it went. */
export const requestState = '{"step": 1,  "ünïcödé": "\\u0000 \'\\"}';

const complete = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
const inputRequests = {
  where: {
    method: 'elicitation/create',
    params: {
      mode: 'form',
      message: 'Where shall it be?',
      requestedSchema: {
        type: 'object',
        properties: { city: { type: 'string', minLength: 2 }, nights: { type: 'integer', minimum: 1, default: 2 } },
        required: ['city'],
      },
    },
  },
};

const resultOf = (method: string, params: CallParams): Record<string, unknown> | undefined => {
  switch (method) {
    case 'server/discover':
      return { ...complete, supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
    case 'tools/list':
      return { ...complete, tools: [{ name: 'book', inputSchema: { type: 'object' } }] };
    case 'tools/call':
      return params.requestState === undefined
        ? { resultType: 'input_required', inputRequests, requestState }
        : { ...complete, content: [{ type: 'text', text: `Booked: ${JSON.stringify(params.inputResponses)}` }] };
    default:
      return undefined;
  }
};

export const startAskingServer = async (): Promise<AskingServer> => {
  const calls: CallParams[] = [];
  const server = createServer(async (incoming, response) => {
    if (incoming.method !== 'POST') return void response.writeHead(405).end();
    const { id, method, params = {} } = (await json(incoming)) as { id?: number; method: string; params?: CallParams };
    if (method === 'tools/call') calls.push(params);
    const result = resultOf(method, params);
    const reply = result === undefined ? { error: { code: -32601, message: 'Method not found' } } : { result };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, ...reply }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    calls,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
};
