// Why an attempt failed, as data: failures cross the log, errors only stop a call.
// `retry-policy.ts` is the only reader of `kind`.

import { z } from 'zod';

export const failureKindSchema = z.enum([
  /** 429, or a server that says it is over its quota. */
  'rate_limited',
  /** 5xx, connection refused or reset, a server that could not be started. */
  'unavailable',
  /** No connection, no first token, silence between chunks, or too long in all: `phase` says which. */
  'timeout',
  /** The stream ended without a finish reason. */
  'stream_incomplete',
  /** The server rejected what the model wrote (Groq's `tool_use_failed`), or it wrote nothing usable. */
  'bad_output',
  /** The prompt does not fit the model. */
  'context_overflow',
  /** Any other 4xx. */
  'invalid_request',
  /** 401 and 403. */
  'unauthorized',
  /** 404: no such model or route. */
  'not_found',
  /** The operator's files no longer name this model, server or tool. */
  'not_configured',
  /** The worker died, or was stopped, while the attempt was open. */
  'lost',
  /** The MCP session is gone: before the call was sent, or with the task as which its server worked on it. */
  'session_lost',
]);

export const failureSchema = z.object({
  kind: failureKindSchema,
  /** Says what happened, without secrets: no header, key, query or environment value. */
  message: z.string(),
  phase: z.enum(['connect', 'first_token', 'idle', 'total']).optional(),
  status: z.number().int().optional(),
  /** What the server asked for, in milliseconds. */
  retryAfterMs: z.number().int().nonnegative().optional(),
  /** What `x-should-retry` said of another attempt: it overrides the kind, within the number of attempts of the kind. */
  shouldRetry: z.boolean().optional(),
  /**
   * What the kind leaves open and the engine acts on: nothing is left to spend, which no waiting mends; the server does not
   * take the option that asks for usage, so the next attempt leaves it out; the model thought and said nothing.
   */
  cause: z.enum(['quota_exhausted', 'stream_options_refused', 'only_reasoning']).optional(),
});
export type Failure = z.infer<typeof failureSchema>;
export type FailureKind = Failure['kind'];
