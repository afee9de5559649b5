// Requests to change a conversation. They may be refused and are never stored as truth.

import type { EventOf } from './events.ts';
import type { Failure } from './failure.ts';
import type { ToolResult } from './messages.ts';
import type { ReceivedMessage, ReceivedModelAnswer } from './received.ts';
import type { Limits, ModelSettings, Tool } from './settings.ts';

/** What a second message does while a turn is open. */
export type WhileBusy = 'reject' | 'queue' | 'steer' | 'interrupt' | 'rollback';

export type Command =
  | { readonly type: 'StartConversation'; readonly settings: EventOf<'ConversationStarted'>['data']; readonly input?: string }
  /** Decided on the state of the parent at that version; its events go to a new conversation. */
  | {
      readonly type: 'ForkConversation';
      readonly parent: { readonly conversationId: string; readonly version: number };
      readonly model?: ModelSettings;
      readonly systemPrompt?: string;
      readonly servers?: readonly string[];
      /** Replaces the last user message of the rendered history and drops what follows it. */
      readonly edit?: { readonly content: string };
      /** Adds a turn; after the edited one where both are given. */
      readonly input?: string;
      /** What the parent did after this point was left: it is no longer meant to be trained on. */
      readonly supersede?: boolean;
    }
  | { readonly type: 'EraseConversation'; readonly reason?: string }
  | { readonly type: 'StartTurn'; readonly input: string; readonly whileBusy?: WhileBusy }
  | {
      readonly type: 'RecordTools';
      readonly servers: readonly string[];
      readonly tools: readonly Tool[];
      readonly warnings: readonly string[];
    }
  | {
      readonly type: 'StartAttempt';
      readonly step: number;
      readonly attempt: number;
      readonly claim: string;
      readonly worker: string;
      readonly request?: EventOf<'AttemptStarted'>['data']['request'];
      readonly effectId?: string;
    }
  | (AttemptOutcome & { readonly type: 'RecordModelAnswer'; readonly answer: ReceivedModelAnswer })
  | (AttemptOutcome & { readonly type: 'RecordToolResult'; readonly result: ToolResult })
  /** The attempt ended without an answer. `sent`: whether the outside may have acted on it. */
  | (AttemptOutcome & {
      readonly type: 'RecordFailure';
      readonly failure: Failure;
      readonly sent: boolean;
      readonly partial?: ReceivedMessage;
    })
  /** The attempt could not even start (its tools cannot be listed, its model is not configured). */
  | { readonly type: 'AbandonAttempt'; readonly step: number; readonly attempt: number; readonly failure: Failure }
  | { readonly type: 'CancelTurn'; readonly reason?: string }
  | { readonly type: 'ResumeTurn'; readonly limits?: Limits }
  | {
      readonly type: 'DecideToolCall';
      readonly callId: string;
      readonly decision: 'approve' | 'reject' | 'edit' | 'retry' | 'resolve' | 'tell';
      readonly digest?: string;
      readonly arguments?: string;
      readonly reason?: string;
      readonly result?: ToolResult;
    }
  | { readonly type: 'GiveFeedback'; readonly feedback: EventOf<'FeedbackGiven'>['data'] };

interface AttemptOutcome {
  readonly step: number;
  readonly attempt: number;
  readonly claim: string;
}

/** What deciding may know besides the state: the time and a pure hash, both passed in. */
export interface Environment {
  readonly conversationId: string;
  /** ISO time. */
  readonly now: string;
  /** Lower-case hex. */
  readonly sha256: (text: string) => string;
}
