import { describe, expect, it } from 'vitest';
import { aFailure } from '../testing/conversation-builder.ts';
import { storyBegins } from '../testing/given.ts';
import { type FailureKind, failureKindSchema } from './failure.ts';
import { nextAttemptAt } from './retry-policy.ts';
import { elapsedMs } from './time.ts';

const failed = { attempt: 1, losses: 0, now: storyBegins, seed: 'c/1' };
const delayOf = (changed: Parameters<typeof nextAttemptAt>[0]): number | null => {
  const at = nextAttemptAt(changed);
  return at === null ? null : elapsedMs(changed.now, at);
};

/** How many attempts a step gets that always fails in this way. */
const attempts: Record<FailureKind, number> = {
  rate_limited: 60,
  unavailable: 6,
  timeout: 6,
  stream_incomplete: 6,
  session_lost: 6,
  bad_output: 3,
  context_overflow: 1,
  invalid_request: 1,
  unauthorized: 1,
  not_found: 1,
  not_configured: 1,
  lost: 21,
};

describe('how often a step is tried', () => {
  it.each(failureKindSchema.options)('%s: as the table says', (kind) => {
    const losses = (attempt: number) => (kind === 'lost' ? attempt - 1 : 0);

    const tries = Array.from({ length: 100 }, (_, index) => index + 1).find(
      (attempt) => nextAttemptAt({ ...failed, failure: aFailure(kind), attempt, losses: losses(attempt) }) === null,
    );

    expect(tries).toBe(attempts[kind]);
  });

  it('does not count lost attempts for other failures', () => {
    expect(delayOf({ ...failed, failure: aFailure('unavailable'), attempt: 8, losses: 3 })).not.toBeNull();
    expect(delayOf({ ...failed, failure: aFailure('unavailable'), attempt: 9, losses: 3 })).toBeNull();
  });

  it.each([
    ['rate_limited', 60],
    ['bad_output', 3],
    ['unavailable', 6],
    ['invalid_request', 6],
  ] as const)('keeps the bound of %s where the server says that retrying helps: %i', (kind, bound) => {
    const failure = aFailure(kind, { shouldRetry: true });

    expect(delayOf({ ...failed, failure, attempt: bound - 1 })).not.toBeNull();
    expect(delayOf({ ...failed, failure, attempt: bound })).toBeNull();
  });

  it('does not wait for an account that is empty', () => {
    expect(delayOf({ ...failed, failure: aFailure('rate_limited', { cause: 'quota_exhausted' }) })).toBeNull();
  });

  it('tries another request at once, whatever the server says of repeating this one', () => {
    const failure = aFailure('invalid_request', { shouldRetry: false });

    expect(delayOf({ ...failed, failure, attempt: 6, isAnotherRequest: true })).toBe(0);
  });

  it('does what the server says of retrying, whatever the kind', () => {
    expect(delayOf({ ...failed, failure: aFailure('invalid_request', { shouldRetry: true }) })).not.toBeNull();
    expect(delayOf({ ...failed, failure: aFailure('unavailable', { shouldRetry: false }) })).toBeNull();
  });
});

describe('when it is tried again', () => {
  it.each([
    [1, 250, 500],
    [2, 500, 1_000],
    [3, 1_000, 2_000],
    [5, 4_000, 8_000],
    [30, 15_000, 30_000],
  ])('attempt %i failed: after %i to %i ms', (attempt, least, most) => {
    const delay = delayOf({ ...failed, failure: aFailure('rate_limited'), attempt });

    expect(delay).toBeGreaterThanOrEqual(least);
    expect(delay).toBeLessThanOrEqual(most);
  });

  it('waits at least as long as the server asks, up to an hour', () => {
    expect(delayOf({ ...failed, failure: aFailure('rate_limited', { retryAfterMs: 60_000 }) })).toBe(60_000);
    expect(delayOf({ ...failed, failure: aFailure('rate_limited', { retryAfterMs: 86_400_000 }) })).toBe(3_600_000);
  });

  it('is at once after a loss', () => {
    expect(delayOf({ ...failed, failure: aFailure('lost') })).toBe(0);
    expect(delayOf({ ...failed, failure: aFailure('session_lost') })).toBe(0);
  });

  it('is the same time when it is asked twice, and another for another step', () => {
    const failure = aFailure('unavailable');

    expect(delayOf({ ...failed, failure })).toBe(delayOf({ ...failed, failure }));
    expect(delayOf({ ...failed, failure })).not.toBe(delayOf({ ...failed, failure, seed: 'c/2' }));
  });
});
