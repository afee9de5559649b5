// An answer of a server as the log keeps it. Whatever came back is kept: a result that is refused for its form would
// hide that the tool ran.

import { contentBlockSchema, type ToolResult } from '@turnlog/core';

export function errorResult(text: string): ToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

export function toolResult(raw: Readonly<Record<string, unknown>>): ToolResult {
  const { content = [], structuredContent, isError } = raw;
  const blocks = Array.isArray(content) ? content : [content];
  const isReadable = blocks.every((block) => contentBlockSchema.safeParse(block).success);
  return {
    content: isReadable ? blocks : [{ type: 'text', text: JSON.stringify(content) }],
    ...(structuredContent === undefined ? {} : { structuredContent }),
    isError: isError === true,
  };
}
