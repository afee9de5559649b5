// The outside without its time: a model that answers at once (three parallel calls, then the end) and tools that do
// nothing. What is left is the engine: jobs, events, commits.

import { createHash } from 'node:crypto';
import type { Tool } from '@turnlog/core';
import type { ModelClient, ToolHost } from '@turnlog/worker';

const parallelCalls = 3;
/** A model step, three tool steps, a model step. */
export const stepsPerTurn = parallelCalls + 2;

const tool: Tool = {
  name: 'no_op',
  server: 'bench',
  tool: 'no_op',
  description: 'Does nothing.',
  inputSchema: { type: 'object', properties: { n: { type: 'integer' } } },
  trusted: true,
  annotations: { readOnlyHint: true },
  digest: createHash('sha256').update('no_op').digest('hex'),
};

const usage = { promptTokens: 200, completionTokens: 20 };

export const noOpModel: ModelClient = {
  call: async ({ body }) => {
    const { messages } = JSON.parse(body) as { messages: readonly { role: string }[] };
    if (messages.at(-1)?.role === 'tool')
      return { type: 'responded', message: { content: 'Done.', toolCalls: [] }, finishReason: 'stop', usage };
    const toolCalls = Array.from({ length: parallelCalls }, (_, n) => ({ name: 'no_op', arguments: JSON.stringify({ n }) }));
    return { type: 'responded', message: { content: '', toolCalls }, finishReason: 'tool_calls', usage };
  },
};

export const noOpTools: ToolHost = {
  list: async () => ({ type: 'listed', tools: [tool], warnings: [] }),
  call: async ({ arguments: args }) => ({
    type: 'returned',
    result: { content: [{ type: 'text', text: `ok ${JSON.stringify(args)}` }], isError: false },
  }),
  close: async () => {},
};
