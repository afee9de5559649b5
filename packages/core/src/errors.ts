// Errors stop a call; failures of attempts are data (`conversation/failure.ts`). HTTP numbers live in the API alone.

export type RejectionCode =
  | 'not_found'
  | 'already_exists'
  | 'busy'
  | 'closed'
  | 'not_current'
  | 'no_open_turn'
  | 'not_paused'
  | 'limit_not_raised'
  | 'replay_stopped'
  | 'no_such_turn'
  | 'no_such_step'
  | 'no_such_call'
  | 'not_waiting'
  | 'bad_content'
  | 'digest_required'
  | 'stale_digest'
  | 'wrong_decision'
  | 'bad_arguments'
  | 'result_required'
  | 'tool_gone'
  | 'nothing_to_edit'
  | 'nothing_to_replay'
  | 'no_such_version'
  | 'no_history'
  | 'key_reused';

/** A command that can never be right for this state. Nothing was written. */
export class CommandRejected extends Error {
  override readonly name = 'CommandRejected';
  readonly code: RejectionCode;
  constructor(code: RejectionCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Others appended first, more often than a command is decided again. Nothing was written; trying again is safe. */
export class ConcurrencyError extends Error {
  override readonly name = 'ConcurrencyError';
  readonly conversationId: string;
  readonly expected: number;
  readonly actual: number;
  constructor(conversationId: string, expected: number, actual: number) {
    super(`Conversation ${conversationId} is at version ${actual}, not ${expected}. Load it again and retry.`);
    this.conversationId = conversationId;
    this.expected = expected;
    this.actual = actual;
  }
}

/** The stored events cannot be folded by this version of the engine. The conversation is left as it is. */
export class UnreadableConversation extends Error {
  override readonly name = 'UnreadableConversation';
  readonly conversationId: string;
  readonly version: number;
  constructor(conversationId: string, version: number, why: string) {
    super(`Conversation ${conversationId} cannot be read at version ${version}: ${why}`);
    this.conversationId = conversationId;
    this.version = version;
  }
}

/** The conversation has not reached this version. */
export class NoSuchVersion extends Error {
  override readonly name = 'NoSuchVersion';
  readonly conversationId: string;
  readonly version: number;
  readonly actual: number;
  constructor(conversationId: string, version: number, actual: number) {
    super(`There is no version ${version} yet: the conversation is at version ${actual}.`);
    this.conversationId = conversationId;
    this.version = version;
    this.actual = actual;
  }
}

/** The log was out of reach for longer than an append waits. The append may be stored: the same command id finds out. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  constructor(waitedMs: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const waited = Math.round(waitedMs / 1000);
    super(`The database has not answered for ${waited} s (${why}). Sending the same command again is safe.`, { cause });
  }
}

export const assertNever = (value: never): never => {
  throw new Error(`Not handled: ${JSON.stringify(value)}`);
};
