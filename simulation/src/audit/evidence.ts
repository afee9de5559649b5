// What the auditor is shown: the recorded events, what the outside felt, what callers were told, and what the engine makes
// of the log. It reads the events by itself: nothing of the engine but types is imported in this folder.

import type { LogEntry, Recorded } from '@turnlog/core';

export interface Evidence {
  /** What was committed, in the order of the commits. */
  readonly log: readonly LogEntry[];
  /** The whole log, as one reading from its beginning gives it at the end. */
  readonly readAtOnce: readonly LogEntry[];
  /** What a reader saw who followed the log while it grew. */
  readonly followed: readonly LogEntry[];
  /** As they were recorded (`asRecorded`). */
  readonly conversations: ReadonlyMap<string, readonly Recorded[]>;
  /** As the store gives them at the end. */
  readonly stored: ReadonlyMap<string, readonly Recorded[]>;
  /** Forks whose inherited events became their own. */
  readonly detached: ReadonlySet<string>;
  /** What a replay in mode `verify` says of what is stored. */
  readonly verdicts: ReadonlyMap<string, string>;
  readonly effects: readonly {
    readonly effectId: string;
    readonly tool: string;
    readonly arguments: Readonly<Record<string, unknown>>;
    readonly worker: string;
    readonly logLength: number;
  }[];
  readonly requests: readonly {
    readonly worker: string;
    readonly body: string;
    readonly sha256: string;
    readonly logLength: number;
  }[];
  readonly acknowledged: readonly { readonly conversationId: string; readonly commandId: string; readonly version: number }[];
  /** What those were told who had conversations erased: which are gone, and which forks keep what they shared. */
  readonly erased: readonly { readonly erased: readonly string[]; readonly detached: readonly string[] }[];
  /** The engine's own replay of each conversation: state and history at each version, and the last version's trace. */
  readonly replays: ReadonlyMap<string, Replay>;
  /** What processes remembered, at some moment. */
  readonly remembered: readonly Memory[];
  /** Conversations whose jobs were in the queue when it was wiped. */
  readonly wiped: ReadonlySet<string>;
}

export interface Message {
  readonly role: string;
  readonly content: string | null;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly { readonly id: string }[];
}

export interface Replay {
  /** By version; the first is that of version 0. */
  readonly states: readonly unknown[];
  readonly histories: readonly (readonly Message[])[];
  readonly trace: string;
}

export interface Memory {
  readonly process: string;
  readonly conversationId: string;
  readonly version: number;
  readonly state: unknown;
  readonly trace: string;
}
