// The only map from errors to HTTP (RFC 9457). What is not named here is a fault of ours: 500, without stack or SQL.

import {
  CommandRejected,
  ConcurrencyError,
  InvalidCursor,
  NoSuchVersion,
  type RejectionCode,
  StoreUnavailable,
  UnreadableConversation,
} from '@turnlog/core';
import { type FieldError, type RefusalCode, RequestRefused } from './request-refused.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
}

type OwnCode = 'malformed_json' | 'body_too_large' | 'conflict' | 'store_unavailable' | 'unreadable_conversation' | 'internal';
export type ProblemCode = RejectionCode | RefusalCode | OwnCode;

export const problems: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  malformed_request: { status: 400, title: 'The request is malformed' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  unauthorized: { status: 401, title: 'A token is needed' },
  forbidden_host: { status: 403, title: 'This Host is not allowed' },
  forbidden_origin: { status: 403, title: 'This Origin is not allowed' },
  csrf_required: { status: 403, title: 'A request by cookie needs the X-Turnlog-Csrf header' },
  not_found: { status: 404, title: 'There is no such thing' },
  no_such_route: { status: 404, title: 'There is no such route' },
  no_such_version: { status: 404, title: 'There is no such version' },
  no_such_turn: { status: 404, title: 'There is no such turn' },
  no_such_step: { status: 404, title: 'There is no such step' },
  no_such_call: { status: 404, title: 'There is no such tool call' },
  method_not_allowed: { status: 405, title: 'This route has no such method' },
  already_exists: { status: 409, title: 'It exists already' },
  busy: { status: 409, title: 'A turn is open' },
  closed: { status: 409, title: 'The conversation is closed' },
  conflict: { status: 409, title: 'Others wrote first' },
  shared_prefix: { status: 409, title: 'Forks share its events' },
  not_current: { status: 409, title: 'The attempt is not current' },
  no_open_turn: { status: 409, title: 'No turn is open' },
  not_paused: { status: 409, title: 'No turn is paused' },
  limit_not_raised: { status: 409, title: 'The limit is still exceeded' },
  replay_stopped: { status: 409, title: 'The replay has come to its end' },
  not_waiting: { status: 409, title: 'The call does not wait' },
  tool_gone: { status: 409, title: 'The tool is no longer offered' },
  stale_digest: { status: 409, title: 'The call is no longer what was shown' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'A body must be application/json' },
  invalid_request: { status: 422, title: 'A field is unknown or wrong' },
  digest_required: { status: 422, title: 'The digest of the call is needed' },
  bad_content: { status: 422, title: 'The content is not what the server asks for' },
  wrong_decision: { status: 422, title: 'The call waits for another decision' },
  bad_arguments: { status: 422, title: 'The arguments are no JSON object' },
  result_required: { status: 422, title: 'The result of the call is needed' },
  nothing_to_edit: { status: 422, title: 'Nothing was said that could be edited' },
  nothing_to_replay: { status: 422, title: 'Nothing was said that could be performed again' },
  no_history: { status: 422, title: 'The messages are no history' },
  key_reused: { status: 422, title: 'The Idempotency-Key was used for another request' },
  internal: { status: 500, title: 'The engine failed' },
  unreadable_conversation: { status: 500, title: 'The conversation cannot be read' },
  not_ready: { status: 503, title: 'Not ready' },
  store_unavailable: { status: 503, title: 'The database is out of reach' },
  too_many_streams: { status: 503, title: 'Too many live streams are open' },
};

interface Cause {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly members?: Readonly<Record<string, unknown>>;
}

export interface ProblemAnswer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it is our fault and belongs in the log. */
  readonly isFault: boolean;
}

export const problemOf = (error: unknown, requestId: string): ProblemAnswer => {
  const { code, detail, errors, headers = {}, members } = causeOf(error);
  const { status, title } = problems[code];
  return {
    problem: { type: problemType(code), title, status, detail, requestId, ...(errors && { errors }), ...members },
    headers,
    isFault: status === 500,
  };
};

export const problemType = (code: ProblemCode): string => `urn:turnlog:problem:${code.replaceAll('_', '-')}`;

const causeOf = (error: unknown): Cause => {
  if (error instanceof RequestRefused) return { code: error.code, detail: error.message, ...error.details };
  if (error instanceof CommandRejected) return { code: error.code, detail: error.message };
  if (error instanceof ConcurrencyError) return { code: 'conflict', detail: error.message };
  if (error instanceof InvalidCursor)
    return {
      code: 'invalid_request',
      detail: 'The cursor is malformed.',
      errors: [{ path: 'cursor', message: 'Must be the `nextCursor` of a former answer.' }],
    };
  if (error instanceof UnreadableConversation) return { code: 'unreadable_conversation', detail: error.message };
  if (error instanceof NoSuchVersion) return { code: 'no_such_version', detail: error.message };
  if (error instanceof StoreUnavailable)
    return { code: 'store_unavailable', detail: storeUnavailable, headers: { 'Retry-After': '1' } };
  return (
    ofBodyOrPath(error) ?? { code: 'internal', detail: 'Something went wrong. The log has the details under this requestId.' }
  );
};

const storeUnavailable =
  'The database does not answer. What was sent may or may not be stored: with the same Idempotency-Key it is safe to send again.';

/** Errors of Express and its body parser: they carry a `type`, or the status that they would answer with. */
const ofBodyOrPath = (error: unknown): Cause | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { type, limit, status } = error as Error & {
    readonly type?: unknown;
    readonly limit?: unknown;
    readonly status?: unknown;
  };
  switch (type) {
    case 'entity.parse.failed':
      return { code: 'malformed_json', detail: error.message };
    case 'entity.too.large':
      return { code: 'body_too_large', detail: `A body has at most ${String(limit)} bytes.` };
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return { code: 'unsupported_media_type', detail: error.message };
    default:
      return status === 400 ? { code: 'malformed_request', detail: error.message } : undefined;
  }
};
