// Every way in which the embedded Postgres refuses to serve. `code` is stable and meant for programs; the message says what to do.

export type PostgresStartErrorCode =
  | 'unsupported-platform'
  | 'binaries-unusable'
  | 'data-dir-not-writable'
  | 'data-not-ours'
  | 'incompatible-data'
  | 'initdb-failed'
  | 'start-failed'
  | 'start-timeout'
  | 'port-changed'
  | 'keeps-crashing'
  | 'stop-failed';

export class PostgresStartError extends Error {
  override readonly name = 'PostgresStartError';
  readonly code: PostgresStartErrorCode;

  constructor(code: PostgresStartErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR']);

/** A failed write below the data folder, told in the user's terms; any other error passes through unchanged. */
export function explainWriteFailure(error: unknown, path: string): unknown {
  const code = errnoOf(error);
  if (code === undefined || !NOT_WRITABLE.has(code)) return error;
  return new PostgresStartError(
    'data-dir-not-writable',
    `Cannot write to ${path} (${code}). Free some space, or run as the user it belongs to, or choose another data folder, or set DATABASE_URL to use your own Postgres.`,
    { cause: error },
  );
}

export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
