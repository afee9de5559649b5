// One entry of the history as a message, and one tool as a model is told of it. Every renderer uses these: a change of what they
// give would change the bytes of recorded requests, so it belongs into the newest renderer alone.

import { assertNever } from '../errors.ts';
import { renderAnswer } from './render-answer.ts';
import type { ModelProfile, Tool } from './settings.ts';
import type { Entry } from './transcript.ts';

export interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A message in the OpenAI chat shape. */
export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | {
      readonly role: 'assistant';
      readonly content: string | null;
      readonly reasoning_content?: string;
      readonly reasoning?: string;
      readonly tool_calls?: readonly ChatToolCall[];
    }
  | { readonly role: 'tool'; readonly content: string; readonly tool_call_id: string };

export interface ChatTool {
  readonly type: 'function';
  readonly function: { readonly name: string; readonly description?: string; readonly parameters: Record<string, unknown> };
}

export interface MessageContext {
  readonly truncate: number | undefined;
  readonly profile: ModelProfile;
  readonly openTurn: number;
}

export const chatMessage = (entry: Entry, context: MessageContext): ChatMessage => {
  switch (entry.kind) {
    case 'system':
    case 'user':
      return { role: entry.kind, content: entry.content };
    case 'tool':
      return { role: 'tool', content: renderAnswer(entry.answer, context.truncate), tool_call_id: entry.callId };
    case 'assistant':
      return assistantMessage(entry, context);
    default:
      return assertNever(entry);
  }
};

const assistantMessage = (
  { message, turn }: Extract<Entry, { kind: 'assistant' }>,
  { profile, openTurn }: MessageContext,
): ChatMessage => {
  const hasCalls = message.toolCalls.length > 0;
  const content = message.content || (hasCalls && profile.emptyContent === 'null' ? null : '');
  const reasoning = message.reasoning ?? (profile.requireReasoning ? '' : undefined);
  return {
    role: 'assistant',
    content,
    ...(sendsReasoning(profile, turn, openTurn) && reasoning !== undefined && { [profile.sendReasoning]: reasoning }),
    ...(hasCalls && { tool_calls: message.toolCalls.map(chatToolCall) }),
  };
};

/** Whether a request sends the reasoning of an earlier answer back to its model. */
export const sendsReasoning = (profile: ModelProfile, turn: number, openTurn: number): boolean =>
  profile.sendReasoning !== 'none' && (profile.sendReasoningOf === 'all' || turn === openTurn);

const chatToolCall = ({
  id,
  name,
  arguments: raw,
}: {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}): ChatToolCall => ({
  id,
  type: 'function',
  // An empty text is no JSON: strict servers answer it with 400.
  function: { name, arguments: raw.trim() === '' ? '{}' : raw },
});

export const chatTool = ({ name, description, inputSchema }: Tool): ChatTool => ({
  type: 'function',
  function: { name, ...(description !== undefined && { description }), parameters: parametersOf(inputSchema) },
});

/** Servers refuse a root without `properties` and trip over `$schema`; everything else goes as the tool said it. */
const parametersOf = ({ $schema: _, ...schema }: Record<string, unknown>): Record<string, unknown> =>
  schema.properties === undefined ? { ...schema, type: 'object', properties: {} } : schema;
