// What the engine needs of a log. Two adapters pass the same contract (`testing/event-store-contract.ts`):
// the in-memory one beside this file, and Postgres in packages/db.

import type { ConversationEvent } from '../conversation/events.ts';
import type { OpenWork } from '../conversation/open-work.ts';
import type { ConversationSummary } from '../projections/summary.ts';
import type { Recorded } from './recorded-event.ts';

/** All that one command writes; it is stored whole or not at all. */
export interface Append {
  readonly conversationId: string;
  /** The version the decision was made on; 0 creates the conversation. Always exact. */
  readonly expectedVersion: number;
  /** The same command twice writes nothing: unique for a conversation. */
  readonly commandId: string;
  /**
   * The first event of the append that this one was decided on while that was still on its way. Stored only if that one
   * stands there: a version alone does not say whose events lead to it. Nor does the command alone: another process may have
   * been given the same one and have decided it at another time, and so on other limits and with other times in its events.
   */
  readonly buildsOn?: { readonly version: number; readonly commandId: string; readonly recordedAt: string };
  /** sha256 of what the caller asked for, kept beside the command id: the same key with another body is a mistake of the caller. */
  readonly fingerprint?: string;
  readonly causation?: string;
  readonly correlation?: string;
  readonly recordedAt: string;
  readonly events: readonly ConversationEvent[];
  /** Open work that is new or has changed, and the steps that no longer have any. */
  readonly work: { readonly put: readonly OpenWork[]; readonly drop: readonly number[] };
  readonly summary: ConversationSummary;
  /** On creation of a fork: versions 1..at are the parent's; `expectedVersion` is then `at`. A closed parent is refused. */
  readonly fork?: { readonly parent: string; readonly at: number };
}

export type AppendResult =
  | { readonly type: 'appended'; readonly version: number }
  /** Someone appended first; `actual` is the version found. */
  | { readonly type: 'conflict'; readonly actual: number }
  /** This command was stored before, with its first event at `version`. */
  | { readonly type: 'duplicate'; readonly version: number; readonly fingerprint?: string };

/** Where a reader of the whole log stands. Opaque to callers; compare only for equality. */
export interface LogCursor {
  readonly transactionId: string;
  readonly position: string;
}

export interface LogEntry {
  readonly conversationId: string;
  readonly event: Recorded;
  readonly cursor: LogCursor;
}

export interface EventStore {
  append(append: Append): Promise<AppendResult>;
  /** Events with `after < version <= upTo`, in order; inherited versions of a fork included. Empty where there is no conversation. */
  read(conversationId: string, range?: { readonly after?: number; readonly upTo?: number }): Promise<readonly Recorded[]>;
  /** Where a command was stored, if it was. */
  findCommand(
    conversationId: string,
    commandId: string,
  ): Promise<{ readonly version: number; readonly fingerprint?: string } | undefined>;
  /** The next entries of the whole log after `cursor`: never skips one that commits late. */
  readAll(cursor: LogCursor | undefined, limit: number): Promise<readonly LogEntry[]>;
}
