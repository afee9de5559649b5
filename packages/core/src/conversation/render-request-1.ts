// RENDERER VERSION 1, of the first release: it stays as it is, because recorded requests are hashes of its bytes.

import { chatMessage, chatTool } from './chat-message.ts';
import type { Renderer } from './renderer.ts';

export const renderer1: Renderer = {
  body: ({ tools: snapshot }, { model, params, profile }) => {
    const tools = (snapshot?.tools ?? []).map(chatTool);
    return {
      model,
      messages: [],
      ...(tools.length > 0 && { tools }),
      ...(tools.length > 0 && profile.parallelToolCalls !== undefined && { parallel_tool_calls: profile.parallelToolCalls }),
      ...freeParams(params),
      stream: true,
      ...(profile.streamUsage && { stream_options: { include_usage: true } }),
    };
  },
  say: (entry, context) => ({ messages: [chatMessage(entry, context)], left: [] }),
  rest: () => [],
};

const reserved = ['model', 'messages', 'tools', 'functions', 'stream', 'stream_options', 'n'];

const freeParams = (params: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !reserved.includes(name)));
