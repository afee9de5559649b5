// The one place where a model call that went wrong becomes a Failure. Whether to try again is not decided here.

import type { Failure } from '@turnlog/core';
import { isContextOverflow } from './context-overflow.ts';
import { type ErrorBody, parseErrorBody, readErrorBody } from './error-body.ts';
import { describeNetworkError } from './network-error.ts';
import { readRetryHeaders } from './retry-after.ts';

/** What the model had written where the server rejects it, as Groq does. */
export function rejectedText(problem: ModelProblem): string | undefined {
  if (problem.type === 'response') return parseErrorBody(problem.body).failedGeneration;
  return problem.type === 'error_in_answer' ? readErrorBody(problem.error).failedGeneration : undefined;
}

/** What can go wrong with a model call. */
export type ModelProblem =
  | { readonly type: 'response'; readonly status: number; readonly headers: Headers; readonly body: string }
  /** An error object inside an answer with status 200. */
  | { readonly type: 'error_in_answer'; readonly error: unknown }
  | { readonly type: 'network'; readonly error: unknown }
  | { readonly type: 'deadline'; readonly phase: NonNullable<Failure['phase']>; readonly limitMs: number }
  | { readonly type: 'incomplete'; readonly detail: string }
  | { readonly type: 'stopped' }
  | { readonly type: 'not_configured'; readonly detail: string };

export interface FailureContext {
  readonly nowMs: number;
  /** The server as `host:port`. */
  readonly host: string;
  /** Removes the endpoint's secrets. */
  readonly redact: (text: string) => string;
}

// The log keeps every failure; an HTML error page does not belong in it.
const longestMessage = 1000;
// What is redacted: enough that the end of the message is never half of a secret.
const longestRead = 8 * 1000;

export function modelFailure(problem: ModelProblem, context: FailureContext): Failure {
  const failure = classify(problem, context);
  // Redacted before it is cut: half a key is no longer found.
  const message = context.redact(failure.message.slice(0, longestRead)).replace(/\s+/g, ' ').trim();
  return { ...failure, message: message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message };
}

function classify(problem: ModelProblem, { host, nowMs }: FailureContext): Failure {
  switch (problem.type) {
    case 'response':
      return fromResponse(problem, nowMs);
    case 'error_in_answer':
      return fromErrorInAnswer(problem.error);
    case 'network':
      return describeNetworkError(problem.error, host);
    case 'deadline':
      return { kind: 'timeout', phase: problem.phase, message: `${deadlineWords[problem.phase]} within ${problem.limitMs} ms` };
    case 'incomplete':
      return { kind: 'stream_incomplete', message: problem.detail };
    case 'stopped':
      return { kind: 'lost', message: 'the attempt was stopped before the answer was complete' };
    case 'not_configured':
      return { kind: 'not_configured', message: problem.detail };
    default:
      return assertNever(problem);
  }
}

const deadlineWords: Record<NonNullable<Failure['phase']>, string> = {
  connect: 'no connection',
  first_token: 'no first token',
  idle: 'the stream was silent: no further chunk',
  total: 'the answer was not complete',
};

function fromResponse({ status, headers, body }: Extract<ModelProblem, { type: 'response' }>, nowMs: number): Failure {
  const said = parseErrorBody(body);
  const location = status < 400 ? ' (redirects are not followed)' : '';
  return {
    ...kindOf(status, said),
    message: `the model server answered ${status}${location}${said.message === '' ? '' : `: ${said.message}`}`,
    status,
    ...readRetryHeaders(headers, nowMs),
  };
}

function fromErrorInAnswer(error: unknown): Failure {
  const said = readErrorBody(error);
  return {
    ...kindOf(said.status, said),
    message: `the model server sent an error in its answer${said.message === '' ? '' : `: ${said.message}`}`,
    ...(said.status !== undefined && { status: said.status }),
  };
}

const quotaCodes = new Set<unknown>(['rate_limit_exceeded', 'insufficient_quota', 'rate_limit_error', 'RESOURCE_EXHAUSTED']);
// OpenAI: the account is empty. Whoever waits for it waits for a person.
const spentCodes = new Set<unknown>(['insufficient_quota', 'billing_hard_limit_reached']);

function kindOf(status: number | undefined, said: ErrorBody): Pick<Failure, 'kind' | 'cause'> {
  if (said.codes.some((code) => spentCodes.has(code))) return { kind: 'rate_limited', cause: 'quota_exhausted' };
  if (status === 429 || said.codes.some((code) => quotaCodes.has(code))) return { kind: 'rate_limited' };
  if (status === 401 || status === 403) return { kind: 'unauthorized' };
  if (status === 404) return { kind: 'not_found' };
  // Groq rejects what the model wrote, not what we sent (smolagents#1119).
  if (said.codes.includes('tool_use_failed')) return { kind: 'bad_output' };
  if (isContextOverflow(said)) return { kind: 'context_overflow' };
  // 408, 409 and 425 say "not now", as 5xx does; an error in a stream without a status broke off work that was accepted.
  const isTransient = status === undefined || status >= 500 || status === 408 || status === 409 || status === 425;
  if (isTransient) return { kind: 'unavailable' };
  // Azure's older versions and some gateways (openai-python#1469).
  const refusesUsage = (status === 400 || status === 422) && /\bstream_options\b|\binclude_usage\b/.test(said.text);
  return { kind: 'invalid_request', ...(refusesUsage && { cause: 'stream_options_refused' }) };
}

function assertNever(problem: never): never {
  throw new Error(`unknown problem ${JSON.stringify(problem)}`);
}
