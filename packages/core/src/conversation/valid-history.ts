// The rules every provider holds a history to. The engine keeps them by construction; tests, `verify` and imports check.

import type { ChatMessage } from './chat-message.ts';

/** How far a history was read: how many messages, and which calls its next ones must answer. */
export interface HistoryPlace {
  readonly messages: number;
  readonly expected: readonly string[];
}

export const historyBegins: HistoryPlace = { messages: 0, expected: [] };

/** Where one more message leads, or what is wrong with it. */
export const readMessage = ({ messages: index, expected }: HistoryPlace, message: ChatMessage): HistoryPlace | string => {
  const messages = index + 1;
  if (message.role === 'tool')
    return expected[0] === message.tool_call_id
      ? { messages, expected: expected.slice(1) }
      : `message ${index} answers ${message.tool_call_id}, expected ${expected[0] ?? 'no answer'}`;
  if (expected.length > 0) return `message ${index} comes before the answer of ${expected[0]}`;
  if (message.role === 'system' && index > 0) return `message ${index} is a system message that is not the first`;
  const asked = message.role === 'assistant' ? (message.tool_calls ?? []).map((call) => call.id) : [];
  return new Set(asked).size === asked.length ? { messages, expected: asked } : `message ${index} uses a call id twice`;
};

/** What is wrong with the list, or undefined: each call answered once, directly after its message, in order. */
export const historyFault = (
  messages: readonly ChatMessage[],
  from: HistoryPlace | string = historyBegins,
): string | undefined => {
  let place = from;
  for (const message of messages) {
    if (typeof place === 'string') return place;
    place = readMessage(place, message);
  }
  if (typeof place === 'string') return place;
  return place.expected.length > 0 ? `no answer for ${place.expected[0]}` : undefined;
};
