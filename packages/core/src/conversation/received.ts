// A model's answer as the wire had it, before the engine gives its calls ids of its own.

import type { AnswerTokens, AssistantMessage, Usage } from './messages.ts';

export type ReceivedMessage = Omit<AssistantMessage, 'toolCalls'> & {
  readonly toolCalls: readonly { readonly providerId?: string | undefined; readonly name: string; readonly arguments: string }[];
};

export interface ReceivedModelAnswer {
  readonly message: ReceivedMessage;
  /** As the server said it (`stop`, `tool_calls`, `length` …). */
  readonly finishReason: string;
  readonly usage?: Usage | undefined;
  /** The model and response id that the server reported. */
  readonly reportedModel?: string | undefined;
  readonly responseId?: string | undefined;
  readonly tokens?: AnswerTokens | undefined;
  /** Malformed fragments that were dropped, for the record. */
  readonly warnings?: readonly string[] | undefined;
}
