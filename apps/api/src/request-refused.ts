// A request that is not let through to the engine, or that asks for what does not exist.
// `problem-details.ts` alone knows which HTTP status each code has.

export type RefusalCode =
  | 'malformed_request'
  | 'unauthorized'
  | 'forbidden_host'
  | 'forbidden_origin'
  | 'csrf_required'
  | 'no_such_route'
  | 'not_found'
  | 'method_not_allowed'
  | 'unsupported_media_type'
  | 'invalid_request'
  | 'shared_prefix'
  | 'too_many_streams'
  | 'not_ready';

export interface FieldError {
  /** Dotted path of the field: `limits.maxSteps`, `servers.0`. */
  readonly path: string;
  readonly message: string;
}

export interface RefusalDetails {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the problem document. */
  readonly members?: Readonly<Record<string, unknown>>;
}

export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly code: RefusalCode;
  readonly details: RefusalDetails;
  constructor(code: RefusalCode, message: string, details: RefusalDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Refuses with each field that is wrong. */
export const refuseFields = (errors: readonly FieldError[]): never => {
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join(' ');
  throw new RequestRefused('invalid_request', detail, { errors });
};
