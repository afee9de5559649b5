// One conversation as a trace file of the seed's shape: OpenAI chat messages with `reasoning_content`, and the tools
// the model saw. A pure function of events: same events, same bytes.

import { type ChatTool, chatTool } from '../conversation/chat-message.ts';
import { renderAnswer } from '../conversation/render-answer.ts';
import type { ConversationState } from '../conversation/state.ts';
import { type Entry, entriesOf } from '../conversation/transcript.ts';

export interface TraceMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: 'function';
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
  readonly name?: string;
}

export interface Trace {
  /** Creation time in UTC: `YYYYMMDD_HHMMSS`. */
  readonly timestamp: string;
  readonly model: string;
  readonly messages: readonly TraceMessage[];
  readonly tools: readonly ChatTool[];
  readonly turnlog: { readonly conversation: string; readonly version: number; readonly schema: 1 };
}

/** A round that still waits for answers is left out: a trace holds only what happened. */
export const toTrace = (conversationId: string, state: ConversationState): Trace => ({
  timestamp: traceTimestamp(state.createdAt),
  model: state.model?.model ?? '',
  messages: completeEntries(state).map((entry) => traceMessage(entry, state.truncate)),
  tools: (state.tools?.tools ?? []).map(chatTool),
  turnlog: { conversation: conversationId, version: state.version, schema: 1 },
});

const completeEntries = (state: ConversationState): readonly Entry[] => {
  const entries = entriesOf(state.transcript);
  const last = entries.at(-1);
  return last?.kind === 'assistant' && last.message.toolCalls.length > 0 ? entries.slice(0, -1) : entries;
};

export const traceMessage = (entry: Entry, truncate: number | undefined): TraceMessage => {
  if (entry.kind === 'tool')
    return { role: 'tool', content: renderAnswer(entry.answer, truncate), tool_call_id: entry.callId, name: entry.name };
  if (entry.kind !== 'assistant') return { role: entry.kind, content: entry.content };
  const { content, reasoning, toolCalls } = entry.message;
  return {
    role: 'assistant',
    content: content ?? '',
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(toolCalls.length > 0 && {
      tool_calls: toolCalls.map(({ id, name, arguments: raw }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: raw },
      })),
    }),
  };
};

/** `2026-11-22T14:05:09.120Z` → `20261122_140509`. */
export const traceTimestamp = (iso: string): string => iso.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');

/** The stem of a trace's file name: 30 characters of the first user message, Unicode letters and digits kept. */
export const traceName = ({ messages, timestamp }: Pick<Trace, 'messages' | 'timestamp'>): string => {
  const first = messages.find((message) => message.role === 'user')?.content ?? '';
  const words = [...first]
    .slice(0, 30)
    .join('')
    .replaceAll(/[^\p{L}\p{N}]/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
  return `${words || 'conversation'}_${timestamp}`;
};
