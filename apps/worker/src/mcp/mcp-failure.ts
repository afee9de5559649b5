// What an error of the SDK, of fetch or of a process says about a call: was it answered, refused, never sent, or is
// its outcome unknown? In doubt it is unknown, because a tool that is called twice may act twice.

import type { Failure } from '@turnlog/core';
import type { ToolOutcome } from '../ports/tool-host.ts';

interface Symptoms {
  readonly codes: readonly unknown[];
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly message: string;
}

/** Raised by our `fetch` for 429: the SDK's own error leaves out how long to wait. */
export class RateLimited extends Error {
  readonly status = 429;
  readonly retryAfterMs: number | undefined;

  constructor(retryAfterMs: number | undefined) {
    super('the server answered HTTP 429');
    this.retryAfterMs = retryAfterMs;
  }
}

/** The data of an error response that we make ourselves when a reply stream ends without a reply. */
export const replyStreamEnded = Object.freeze({ reason: 'the reply stream ended without a reply' });

// No connection existed, so no byte of the request left.
const neverSentCodes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'NOT_CONNECTED',
]);

// A refusal names its status; a proxy's 408 or 5xx may hide a call that went through.
const isRefusal = (status: number) => status >= 400 && status < 500 && status !== 408;

type ErrorLike = Error & { code?: unknown; status?: unknown; retryAfterMs?: unknown };

function causesOf(error: unknown): ErrorLike[] {
  const causes: ErrorLike[] = [];
  for (let cause = error; cause instanceof Error && !causes.includes(cause); cause = cause.cause) causes.push(cause);
  return causes;
}

function statusOf({ status, code, message }: ErrorLike): number | undefined {
  if (typeof status === 'number') return status;
  // The SSE transport has the status in `code` when it opens, and in the text alone when it posts.
  if (typeof code === 'number' && code >= 400 && code < 600) return code;
  const inText = /\(HTTP (\d{3})\)/.exec(message)?.[1];
  return inText === undefined ? undefined : Number(inText);
}

function symptomsOf(error: unknown): Symptoms {
  const causes = causesOf(error);
  const messages = causes.map((cause) => cause.message).filter((text) => text !== '');
  const retryAfterMs = causes.map((cause) => cause.retryAfterMs).find((ms) => typeof ms === 'number');
  return {
    codes: causes.map((cause) => cause.code),
    status: causes.map(statusOf).find((status) => status !== undefined),
    retryAfterMs,
    // Node repeats the cause in the outer message or leaves it out; once is enough.
    message: messages.filter((text, index) => !messages[index - 1]?.includes(text)).join(': ') || String(error),
  };
}

function refusalKind(status: number, message: string): Failure['kind'] {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'rate_limited';
  // The specification says 404; servers also answer 400 and say that the session is not valid.
  if (status === 404 || (status === 400 && /session/i.test(message))) return 'session_lost';
  return 'invalid_request';
}

function httpFailure(status: number, { message, retryAfterMs }: Symptoms): Failure {
  const kind = isRefusal(status) ? refusalKind(status, message) : 'unavailable';
  return { kind, message, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Why a connection could not be opened: nothing was called, so trying again is safe. */
export function connectFailure(error: unknown): Failure {
  const symptoms = symptomsOf(error);
  const { codes, status, message } = symptoms;
  if (status !== undefined) {
    const failure = httpFailure(status, symptoms);
    return failure.kind === 'session_lost' ? { ...failure, kind: 'not_found' } : failure;
  }
  if (codes.includes('REQUEST_TIMEOUT')) return { kind: 'timeout', phase: 'connect', message };
  return { kind: 'unavailable', message };
}

/** How a call ended that was given to the connection and was not answered. */
export function callFailure(error: unknown, wasAborted: boolean): Extract<ToolOutcome, { failure: Failure }> {
  const symptoms = symptomsOf(error);
  const { codes, status, message } = symptoms;
  if (wasAborted) return { type: 'unknown', failure: { kind: 'lost', message: 'the call was aborted after it was sent' } };
  if (status !== undefined) {
    return { type: isRefusal(status) ? 'not_sent' : 'unknown', failure: httpFailure(status, symptoms) };
  }
  if (codes.includes('REQUEST_TIMEOUT')) return { type: 'unknown', failure: { kind: 'timeout', phase: 'total', message } };
  if (codes.includes('CONNECTION_CLOSED')) return { type: 'unknown', failure: { kind: 'lost', message } };
  const wasSent = !codes.some((code) => neverSentCodes.has(code)) && message !== 'Not connected';
  return { type: wasSent ? 'unknown' : 'not_sent', failure: { kind: 'unavailable', message } };
}
