// `fetch` over node:http. The built-in one gives up after 300 s without headers or data, which cannot be changed without its
// library (openai-agents-python#511), hides the moment of connecting, and follows redirects with the prompt in hand.

import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

// uvicorn (vLLM, SGLang) closes idle connections after 5 s without saying so; one about to close must not be reused.
const idleSocketMs = 2_000;
const agents = {
  'http:': new http.Agent({ keepAlive: true, timeout: idleSocketMs }),
  'https:': new https.Agent({ keepAlive: true, timeout: idleSocketMs }),
};

/** Gives a fetch that sends the body's bytes as they are, and calls `onConnected` before they go out. */
export function createHttpFetch(onConnected: () => void): Fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const isTls = url.protocol === 'https:';
      const request = (isTls ? https : http).request(url, {
        method: init.method ?? 'GET',
        headers: Object.fromEntries(new Headers(init.headers)),
        agent: isTls ? agents['https:'] : agents['http:'],
        ...(init.signal && { signal: init.signal }),
      });
      request.once('socket', (socket) => {
        if (!socket.connecting) onConnected();
        else socket.once(isTls ? 'secureConnect' : 'connect', onConnected);
      });
      // Stays for the life of the request: a late error without a listener would end the process.
      request.on('error', reject);
      request.once('response', (incoming) => {
        try {
          resolve(asResponse(incoming));
        } catch (error) {
          reject(error);
          incoming.destroy();
        }
      });
      request.end(init.body);
    });
}

function asResponse(incoming: IncomingMessage): Response {
  const { statusCode: status = 0, headersDistinct } = incoming;
  const headers = new Headers(
    Object.entries(headersDistinct).flatMap(([name, values]) => (values ?? []).map((value) => [name, value] as [string, string])),
  );
  if (status === 204 || status === 205 || status === 304) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  return new Response(asWebStream(incoming), { status, headers });
}

/** Node's and the DOM's stream are one class under two type names. */
function asWebStream(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const stream: NodeReadableStream<Uint8Array> = Readable.toWeb(incoming);
  return stream as unknown as ReadableStream<Uint8Array>;
}
