// The model and the tool of generated conversations.

import { createHash } from 'node:crypto';
import type { ModelSettings, Tool } from '@turnlog/core';

export const benchModel: ModelSettings = {
  name: 'bench',
  model: 'bench/qwen3',
  params: { temperature: 0.7 },
  profile: {
    sendReasoning: 'reasoning_content',
    sendReasoningOf: 'turn',
    emptyContent: 'empty',
    streamUsage: true,
    splitThink: true,
  },
};

export const benchTool: Tool = {
  name: 'read_file',
  server: 'files',
  tool: 'read_file',
  description: 'Reads lines of a text file.',
  inputSchema: {
    type: 'object',
    properties: { path: { type: 'string' }, lines: { type: 'integer', minimum: 1 } },
    required: ['path'],
  },
  trusted: true,
  annotations: { readOnlyHint: true },
  digest: createHash('sha256').update('read_file').digest('hex'),
};
