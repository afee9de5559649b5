// Rows as exports hold them, for tests.

import type { Json, JsonObject } from '../examples-of.ts';

export const call = (name: string, value: Json, id = 'call0') => ({
  id,
  type: 'function',
  function: { name, arguments: value },
});

export const tools = [
  {
    type: 'function',
    function: { name: 'add', parameters: { type: 'object', properties: { a: { type: 'number', default: null } } } },
  },
];

export const user = (content: string): JsonObject => ({ role: 'user', content });
export const assistant = (content: string, more: JsonObject = {}): JsonObject => ({ role: 'assistant', content, ...more });

export const sftRow = (id: string, prompt: readonly JsonObject[], completion: JsonObject, more: JsonObject = {}): JsonObject => ({
  id,
  conversation: id,
  turn: 1,
  model: 'qwen3',
  timestamp: '2026-11-22T10:00:00.000Z',
  tags: [],
  prompt,
  completion: [completion],
  tools,
  chat_template_kwargs: { enable_thinking: completion.reasoning_content !== undefined },
  ...more,
});
