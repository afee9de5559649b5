// `fetch` for MCP servers: raises HTTP 429 with the time the server asks for, which the SDK's error leaves out.

import { RateLimited } from './mcp-failure.ts';

/** Retry-After is either seconds or a date. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : undefined;
}

export async function fetchMcp(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status !== 429) return response;
  await response.body?.cancel();
  throw new RateLimited(retryAfterMs(response.headers.get('retry-after')));
}
