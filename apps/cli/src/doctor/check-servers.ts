// Starts every configured MCP server once, lists its tools, and says what a model or an operator will trip over.

import type { Tool } from '@turnlog/core';
import type { ToolHost } from '@turnlog/worker';
import { type Check, failed, ok, warning } from './check.ts';
import { remarksOn, remarksOnAll } from './tool-remarks.ts';

export interface ServerReport {
  readonly check: Check;
  readonly tools: readonly { readonly name: string; readonly tool: string; readonly kind: string }[];
}

export const checkServer = async (host: ToolHost, server: string, signal: AbortSignal): Promise<ServerReport> => {
  const started = performance.now();
  const listing = await host.list([server], signal);
  const ms = Math.round(performance.now() - started);
  if (listing.type === 'failed') return { check: failed(server, listing.failure.message), tools: [] };
  const { tools } = listing;
  const remarks = [...listing.warnings, ...tools.flatMap(remarksOn), ...remarksOnAll(tools)];
  const found = `${tools.length} tool${tools.length === 1 ? '' : 's'} in ${ms} ms`;
  return {
    check: remarks.length === 0 ? ok(server, found) : warning(server, found, ...remarks),
    tools: tools.map(({ name, tool, annotations }) => ({ name, tool, kind: kindOf(annotations) })),
  };
};

const kindOf = (annotations: Tool['annotations']): string => {
  if (annotations === undefined) return 'says nothing of its effects';
  if (annotations.readOnlyHint === true) return annotations.destructiveHint === true ? 'contradicts itself' : 'reads only';
  const idempotent = annotations.idempotentHint === true ? ', may be repeated' : '';
  return annotations.destructiveHint === false ? `adds only${idempotent}` : `may destroy${idempotent}`;
};
