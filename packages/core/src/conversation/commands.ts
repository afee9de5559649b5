// Requests to change a conversation. They may be refused and are never stored as truth.

import type { EventOf, Question } from './events.ts';
import type { Failure } from './failure.ts';
import type { ToolResult } from './messages.ts';
import type { ReceivedMessage, ReceivedModelAnswer } from './received.ts';
import type { Limits, ModelSettings, Tool } from './settings.ts';

/** What a second message does while a turn is open. */
export type WhileBusy = 'reject' | 'queue' | 'steer' | 'interrupt' | 'rollback';

/** Why an MCP session is gone. `worker_lost`: nobody lived to say. */
export type McpLossCause = 'worker_lost' | 'worker_stopped' | 'server_ended' | 'idle' | 'lifetime' | 'too_many';

export type Command =
  | { readonly type: 'StartConversation'; readonly settings: EventOf<'ConversationStarted'>['data']; readonly input?: string }
  /** A conversation that was held elsewhere, whole: its events are written as if it had been held here. */
  | {
      readonly type: 'ImportConversation';
      readonly settings: EventOf<'ConversationStarted'>['data'];
      readonly tools: readonly Tool[];
      /** Without the system prompt, which is a setting. */
      readonly messages: readonly ImportedMessage[];
    }
  /** Decided on the state of the parent at that version; its events go to a new conversation. */
  | {
      readonly type: 'ForkConversation';
      readonly parent: { readonly conversationId: string; readonly version: number };
      readonly model?: ModelSettings;
      readonly systemPrompt?: string;
      readonly servers?: readonly string[];
      readonly limits?: Limits;
      /** Replaces the last user message of the rendered history and drops what follows it. */
      readonly edit?: { readonly content: string };
      /** Adds a turn; after the edited one where both are given. */
      readonly input?: string;
      /** Performs a prefix of `source` again. */
      readonly replay?: EventOf<'ConversationForked'>['data']['replay'];
      /** The snapshot of a cassette, which lists nothing. */
      readonly tools?: readonly Tool[];
      /** Said one after the other, each once the turn before it has ended. */
      readonly inputs?: readonly string[];
      /** What the parent did after this point was left: it is no longer meant to be trained on. */
      readonly supersede?: boolean;
    }
  | {
      readonly type: 'EraseConversation';
      readonly reason?: string;
      /** The forks that share its events are to go too. */
      readonly forks?: 'erase';
    }
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
  | (AttemptOutcome & { readonly type: 'RecordToolResult'; readonly result: ToolResult; readonly warnings?: readonly string[] })
  /** The attempt ended without an answer. `sent`: whether the outside may have acted on it. */
  | (AttemptOutcome & {
      readonly type: 'RecordFailure';
      readonly failure: Failure;
      readonly sent: boolean;
      readonly partial?: ReceivedMessage;
      /** What could not be kept of the answer. */
      readonly warnings?: readonly string[];
    })
  /** The attempt could not even start (its tools cannot be listed, its model is not configured). */
  | { readonly type: 'AbandonAttempt'; readonly step: number; readonly attempt: number; readonly failure: Failure }
  /** The arguments do not fit the tool's input schema; `fault` says where. Nothing was sent. */
  | { readonly type: 'RefuseArguments'; readonly step: number; readonly attempt: number; readonly fault: string }
  /** A cassette has no recording of this call: it goes no further. */
  | { readonly type: 'StopReplay'; readonly step: number }
  | { readonly type: 'CancelTurn'; readonly reason?: string }
  | { readonly type: 'ResumeTurn'; readonly limits?: Limits }
  | {
      readonly type: 'DecideToolCall';
      readonly callId: string;
      readonly decision: 'approve' | 'reject' | 'edit' | 'retry' | 'resolve' | 'tell' | 'accept' | 'decline' | 'dismiss';
      readonly digest?: string;
      readonly arguments?: string;
      readonly reason?: string;
      readonly result?: ToolResult;
      /** Of the form that a server asks to be filled in. */
      readonly content?: Readonly<Record<string, unknown>>;
    }
  /** A server asks in the middle of a call that a worker holds open. `elicitation` is a new name for the question. */
  | (AttemptOutcome & { readonly type: 'RequestElicitation'; readonly elicitation: string; readonly question: Question })
  /** The worker that holds the call no longer waits for the answer. */
  | (AttemptOutcome & {
      readonly type: 'VoidElicitation';
      readonly elicitation: string;
      readonly cause: EventOf<'ElicitationVoided'>['data']['cause'];
    })
  /** Before the task is asked for its result. */
  | (AttemptOutcome & { readonly type: 'RecordTaskStarted'; readonly taskId: string })
  /** The server asks by ending the attempt. */
  | (AttemptOutcome & {
      readonly type: 'RecordInputRequired';
      readonly requests: EventOf<'ToolInputRequired'>['data']['requests'];
      readonly requestState?: string;
    })
  /** Before the first call in it is sent. `sessionId` is new for each session, so that no other's loss is taken for its own. */
  | { readonly type: 'OpenMcpSession'; readonly server: string; readonly sessionId: string }
  | { readonly type: 'LoseMcpSession'; readonly server: string; readonly sessionId: string; readonly cause: McpLossCause }
  | { readonly type: 'GiveFeedback'; readonly feedback: EventOf<'FeedbackGiven'>['data'] };

/** `callId` and `id` are the ids of the source; the engine gives calls its own. */
export type ImportedMessage =
  | { readonly role: 'user'; readonly content: string }
  | {
      readonly role: 'assistant';
      readonly content: string | null;
      readonly reasoning?: string;
      readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
    }
  | { readonly role: 'tool'; readonly callId: string; readonly content: string };

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
