// The rules every provider holds a history to. The engine keeps them by construction; tests, `verify` and imports check.

import type { ChatMessage } from './model-request.ts';

/** What is wrong with the list, or undefined: each call answered once, directly after its message, in order. */
export const historyFault = (messages: readonly ChatMessage[]): string | undefined => {
  let expected: readonly string[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (expected[0] !== message.tool_call_id)
        return `message ${index} answers ${message.tool_call_id}, expected ${expected[0] ?? 'no answer'}`;
      expected = expected.slice(1);
      continue;
    }
    if (expected.length > 0) return `message ${index} comes before the answer of ${expected[0]}`;
    if (message.role === 'system' && index > 0) return `message ${index} is a system message that is not the first`;
    if (message.role === 'assistant') expected = (message.tool_calls ?? []).map((call) => call.id);
    if (new Set(expected).size !== expected.length) return `message ${index} uses a call id twice`;
  }
  return expected.length > 0 ? `no answer for ${expected[0]}` : undefined;
};
