// When a failed attempt is tried again. The only reader of a failure's kind, and the only owner of retries:
// the queue's own attempts cover nothing but broken infrastructure (docs/adr/0002).

import { assertNever } from '../errors.ts';
import type { Failure, FailureKind } from './failure.ts';
import { fingerprint } from './fingerprint.ts';
import { addMs } from './time.ts';

const maxAttempts = 6;
/** A server that asks us to wait is not failing: it may ask often. */
const maxRateLimited = 60;
const maxBadOutputs = 3;
/** A step that outlives this many workers is probably what kills them. */
const maxLosses = 20;
const baseDelayMs = 500;
const maxDelayMs = 30_000;
const maxServerDelayMs = 3_600_000;

export interface FailedAttempt {
  readonly failure: Failure;
  readonly attempt: number;
  readonly losses: number;
  readonly now: string;
  /** What the jitter is derived from, so that deciding twice gives the same time. */
  readonly seed: string;
  /** The next attempt sends another request, without what this one was refused for: it is no repetition. */
  readonly isAnotherRequest?: boolean;
}

/** The ISO time at which the next attempt is due, or null if there is none. */
export const nextAttemptAt = (failed: FailedAttempt): string | null => {
  if (!mayRetry(failed)) return null;
  return addMs(failed.now, delayMs(failed));
};

const mayRetry = ({ failure, attempt, losses, isAnotherRequest }: FailedAttempt): boolean => {
  const { kind, shouldRetry } = failure;
  if (isAnotherRequest) return true;
  if (kind === 'lost') return losses < maxLosses;
  if (shouldRetry === false) return false;
  const bound = boundOf(kind, failure.cause);
  // A server may ask for a retry of what is not retried; how often the rest is tried is not its to say.
  return attempt - losses < (shouldRetry === true && bound === 1 ? maxAttempts : bound);
};

/** How many attempts a step gets that fails in this way. */
const boundOf = (kind: Exclude<FailureKind, 'lost'>, cause: Failure['cause']): number => {
  switch (kind) {
    case 'rate_limited':
      return cause === 'quota_exhausted' ? 1 : maxRateLimited;
    case 'unavailable':
    case 'timeout':
    case 'stream_incomplete':
    case 'session_lost':
      return maxAttempts;
    case 'bad_output':
      return maxBadOutputs;
    case 'context_overflow':
    case 'invalid_request':
    case 'unauthorized':
    case 'not_found':
    case 'not_configured':
      return 1;
    default:
      return assertNever(kind);
  }
};

/** Exponential backoff with full jitter over its upper half; a server's own wish counts before it. */
const delayMs = ({ failure, attempt, losses, seed, isAnotherRequest }: FailedAttempt): number => {
  if (isAnotherRequest) return 0;
  if (failure.kind === 'lost' || failure.kind === 'session_lost') return 0;
  const ceiling = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(attempt - losses - 1, 10));
  const jittered = ceiling / 2 + (fingerprint(`${seed}/${attempt}`) % 1000) * (ceiling / 2000);
  return Math.round(Math.max(jittered, Math.min(failure.retryAfterMs ?? 0, maxServerDelayMs)));
};
