// What a server asks of whoever would try again: when, and whether at all.

import type { Failure } from '@turnlog/core';

// Further away is no delay but an error of units, such as a time of day in seconds.
const longestMs = 7 * 24 * 3_600_000;

/** Reads `retry-after-ms`, then `retry-after` (seconds or an HTTP date), and `x-should-retry`. */
export function readRetryHeaders(headers: Headers, nowMs: number): Pick<Failure, 'retryAfterMs' | 'shouldRetry'> {
  const retryAfterMs = delay(headers, nowMs);
  const shouldRetry = headers.get('x-should-retry')?.trim().toLowerCase();
  return {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...((shouldRetry === 'true' || shouldRetry === 'false') && { shouldRetry: shouldRetry === 'true' }),
  };
}

function delay(headers: Headers, nowMs: number): number | undefined {
  const milliseconds = positive(headers.get('retry-after-ms'));
  if (milliseconds !== undefined) return bounded(milliseconds);
  const header = headers.get('retry-after');
  const seconds = positive(header);
  if (seconds !== undefined) return bounded(seconds * 1000);
  // `Date.parse` also takes "-5" for a year; every HTTP date begins with the name of a day.
  if (header === null || !/^[a-z]{3}/i.test(header.trim())) return undefined;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : bounded(Math.max(0, at - nowMs));
}

function positive(header: string | null): number | undefined {
  return header !== null && /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : undefined;
}

function bounded(delayMs: number): number | undefined {
  return delayMs <= longestMs ? Math.ceil(delayMs) : undefined;
}
