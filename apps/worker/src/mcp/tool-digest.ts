// What an approval is bound to: a tool that changes its schema, description or annotations has another digest.

import { createHash } from 'node:crypto';

export interface DigestedTool {
  readonly server: string;
  readonly tool: string;
  readonly description?: string | undefined;
  readonly inputSchema: unknown;
  readonly outputSchema?: unknown;
  readonly annotations?: unknown;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  // fromEntries defines its properties, so a key `__proto__` stays a key.
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}

/** sha256 over JSON with sorted keys; what is absent counts as null. Stored in snapshots: never change its form. */
export function toolDigest({ server, tool, description, inputSchema, outputSchema, annotations }: DigestedTool): string {
  const parts = [server, tool, description ?? null, inputSchema, outputSchema ?? null, annotations ?? null];
  return createHash('sha256')
    .update(JSON.stringify(sortKeys(parts)))
    .digest('hex');
}
