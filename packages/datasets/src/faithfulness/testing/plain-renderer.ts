// A template one can read: a line a message. Tokens are words.

import type { ChatRenderer } from '../chat-renderer.ts';
import { callsOf, type JsonObject, textOf } from '../examples-of.ts';

export const plainRenderer = (options: { readonly refuses?: string; readonly isReversed?: boolean } = {}): ChatRenderer => ({
  name: 'plain',
  sha256: '0'.repeat(64),
  render: (messages, { asksForAnswer }) => {
    const lines = messages.map(lineOf);
    if (options.refuses !== undefined && lines.some((line) => line.includes(options.refuses ?? '')))
      throw new Error(`No ${options.refuses} here.`);
    if (options.isReversed) lines.reverse();
    return `${lines.join('')}${asksForAnswer ? 'assistant: ' : ''}`;
  },
  countTokens: (text) => text.split(/\s+/).filter((word) => word !== '').length,
});

const lineOf = (message: JsonObject): string => {
  const calls = callsOf(message).map(({ name, arguments: value }) => ` ${name}(${JSON.stringify(value)})`);
  return `${textOf(message.role)}: ${textOf(message.reasoning_content)} ${textOf(message.content)}${calls.join('')}\n`.replace(
    ':  ',
    ': ',
  );
};
