// Exactly what a model was or will be sent. A pure function of state: the same prefix gives the same bytes, whose
// hash `AttemptStarted` records. RENDERER VERSION 1: released renderers stay, a change is a new version beside it.

import { assertNever } from '../errors.ts';
import { renderAnswer } from './render-answer.ts';
import type { ModelProfile, Tool } from './settings.ts';
import { type ConversationState, phaseOf, type Step } from './state.ts';
import { type Entry, entriesOf } from './transcript.ts';

export const rendererVersion = 1;

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

/** The body of the open model step, as JSON text. Undefined where there is none: no other history is complete. */
export const toModelRequest = (state: ConversationState): string | undefined => {
  const { model, turn } = state;
  if (model === undefined || turn === undefined || !turn.steps.some(isOpenModelStep)) return undefined;
  const tools = (state.tools?.tools ?? []).map(chatTool);
  const { profile } = model;
  return JSON.stringify({
    model: model.model,
    messages: entriesOf(state.transcript).map((entry) => chatMessage(entry, state.truncate, profile, turn.turn)),
    ...(tools.length > 0 && { tools }),
    ...(tools.length > 0 && profile.parallelToolCalls !== undefined && { parallel_tool_calls: profile.parallelToolCalls }),
    ...freeParams(model.params),
    stream: true,
    ...(profile.streamUsage && { stream_options: { include_usage: true } }),
  });
};

/** The engine itself sets these: a param of the same name would rewrite history or the wire format. */
export const reservedParams: readonly string[] = ['model', 'messages', 'tools', 'functions', 'stream', 'stream_options', 'n'];

/** A param shapes an answer; it never replaces what the log says was asked. */
const freeParams = (params: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !reservedParams.includes(name)));

const isOpenModelStep = ({ call, phase }: Step): boolean => call === undefined && phase !== 'settled';

export const chatTool = ({ name, description, inputSchema }: Tool): ChatTool => ({
  type: 'function',
  function: { name, ...(description !== undefined && { description }), parameters: parametersOf(inputSchema) },
});

/** Servers refuse a root without `properties` and trip over `$schema`; everything else goes as the tool said it. */
const parametersOf = ({ $schema: _, ...schema }: Record<string, unknown>): Record<string, unknown> =>
  schema.properties === undefined ? { ...schema, type: 'object', properties: {} } : schema;

const chatMessage = (entry: Entry, truncate: number | undefined, profile: ModelProfile, openTurn: number): ChatMessage => {
  switch (entry.kind) {
    case 'system':
    case 'user':
      return { role: entry.kind, content: entry.content };
    case 'tool':
      return { role: 'tool', content: renderAnswer(entry.answer, truncate), tool_call_id: entry.callId };
    case 'assistant':
      return assistantMessage(entry, profile, openTurn);
    default:
      return assertNever(entry);
  }
};

const assistantMessage = (
  { message, turn }: Extract<Entry, { kind: 'assistant' }>,
  profile: ModelProfile,
  openTurn: number,
): ChatMessage => {
  const hasCalls = message.toolCalls.length > 0;
  const content = message.content || (hasCalls && profile.emptyContent === 'null' ? null : '');
  const sendsReasoning = profile.sendReasoning !== 'none' && (profile.sendReasoningOf === 'all' || turn === openTurn);
  return {
    role: 'assistant',
    content,
    ...(sendsReasoning && message.reasoning !== undefined && { [profile.sendReasoning]: message.reasoning }),
    ...(hasCalls && { tool_calls: message.toolCalls.map(chatToolCall) }),
  };
};

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

const notYetAnswered = '[This call has not been answered yet.]';

/**
 * The history at any version, valid for a provider: an open round is closed with placeholders and what it waits for
 * is said beside it. For people and `state?at=N`; a request is rendered by `toModelRequest` alone.
 */
export const renderHistory = (
  state: ConversationState,
): { readonly messages: readonly ChatMessage[]; readonly isOpen: boolean } => {
  const profile: ModelProfile = state.model?.profile ?? defaultProfile;
  const openTurn = state.turn?.turn ?? state.turns;
  const said = entriesOf(state.transcript).map((entry) => chatMessage(entry, state.truncate, profile, openTurn));
  const open = [
    ...(state.turn?.steps ?? []).flatMap(({ call, answer }) =>
      call === undefined
        ? []
        : [{ callId: call.callId, text: answer === undefined ? notYetAnswered : renderAnswer(answer.value, state.truncate) }],
    ),
    ...(state.turn?.proposed ?? []).map(({ id }) => ({ callId: id, text: notYetAnswered })),
  ];
  const answers = open.map(({ callId, text }): ChatMessage => ({ role: 'tool', content: text, tool_call_id: callId }));
  return { messages: [...said, ...answers], isOpen: phaseOf(state) !== 'idle' };
};

const defaultProfile: ModelProfile = {
  sendReasoning: 'none',
  sendReasoningOf: 'turn',
  emptyContent: 'empty',
  streamUsage: true,
  splitThink: true,
};
