// What a server answered, as it answered it. The SDK's own schemas refuse a whole page for one broken tool, and a result, of a tool
// that has run, for one new kind of content. So such results pass the SDK sealed in their `_meta`, and are opened behind it.

import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { z } from 'zod';

type Result = Readonly<Record<string, unknown>>;

const seal = 'dev.turnlog/raw';
const sealed = z.looseObject({ _meta: z.looseObject({ [seal]: z.looseObject({}) }) });

/** What the SDK is shown instead: the least that its schemas take. */
const shown: Readonly<Record<string, (raw: Result) => Result>> = {
  'tools/list': ({ nextCursor }) => ({
    tools: [],
    ttlMs: 0,
    cacheScope: 'private',
    ...(typeof nextCursor === 'string' && { nextCursor }),
  }),
  'tools/call': () => ({ content: [] }),
};

/** A result that is not complete asks for something: that is the SDK's to understand. */
function isComplete(result: unknown): result is Result {
  if (typeof result !== 'object' || result === null) return false;
  const { resultType } = result as Result;
  return resultType === undefined || resultType === 'complete';
}

/** Of a transport that is connected: from here on, the results of these methods are sealed. */
export function sealResults(transport: Transport): void {
  const asked = new Map<unknown, string>();
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    if ('method' in message && 'id' in message && message.method in shown) asked.set(message.id, message.method);
    return send(message, options);
  };
  const receive = transport.onmessage;
  transport.onmessage = (message, extra) => {
    const method = 'id' in message && !('method' in message) ? asked.get(message.id) : undefined;
    if ('id' in message) asked.delete(message.id);
    receive?.(method === undefined ? message : sealedMessage(method, message), extra);
  };
}

function sealedMessage<M extends JSONRPCMessage>(method: string, message: M): M {
  if (!('result' in message) || !isComplete(message.result)) return message;
  const { result } = message;
  return { ...message, result: { resultType: 'complete', ...shown[method]?.(result), _meta: { [seal]: result } } };
}

/** The result as the server sent it, where it was sealed. */
export function opened(result: unknown): unknown {
  const raw = sealed.safeParse(result).data?._meta[seal];
  if (raw === undefined || !Array.isArray(raw.tools)) return raw ?? result;
  // The SDK looks into each tool without looking whether it is one.
  return { ...raw, tools: raw.tools.map((tool: unknown) => (typeof tool === 'object' && tool !== null ? tool : {})) };
}
