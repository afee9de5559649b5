// A message as rows hold it: content always a string, no nulls, keys in one order, arguments as objects (or, for readers
// that know no JSON type, as their text).

import { type AssistantMessage, type Entry, type ToolCall, traceMessage } from '@turnlog/core';
import { argumentObject, argumentText } from './argument-values.ts';
import type { JsonValue, RowOptions } from './projection.ts';

export type RowMessage = {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly RowCall[];
  readonly tool_call_id?: string;
  readonly name?: string;
};

export type RowCall = {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: JsonValue };
};

export type Arguments = 'objects' | 'text' | 'raw';

export const argumentsFor = ({ compat }: Pick<RowOptions, 'compat'>): Arguments => (compat === 'strings' ? 'text' : 'objects');

/** Which reasoning a message shows: none, what was recorded beside it, or (where it is trained) also what stands in its words. */
export type Reasoning = 'none' | 'recorded' | 'trained';

/** Messages of one conversation; each is made once, however many rows show it. */
export interface MessageReader {
  /** Undefined: it calls a tool with arguments that no row can hold. */
  read(entry: Entry, reasoning: Reasoning): RowMessage | undefined;
}

export const createMessageReader = (truncate: number | undefined, as: Arguments): MessageReader => {
  const made = { none: new Map<Entry, RowMessage | undefined>(), recorded: new Map(), trained: new Map() } satisfies Record<
    Reasoning,
    Map<Entry, RowMessage | undefined>
  >;
  return {
    read: (entry, reasoning) => {
      const known: Map<Entry, RowMessage | undefined> = made[entry.kind === 'assistant' ? reasoning : 'none'];
      if (!known.has(entry))
        known.set(
          entry,
          entry.kind === 'assistant' ? assistantMessage(entry.message, reasoning, as) : traceMessage(entry, truncate),
        );
      return known.get(entry);
    },
  };
};

/** Undefined: it calls a tool with arguments that no row can hold. */
export const assistantMessage = (message: AssistantMessage, shown: Reasoning, as: Arguments): RowMessage | undefined => {
  const calls: RowCall[] = [];
  for (const call of message.toolCalls) {
    const value = argumentsOf(call, as);
    if (value === undefined) return undefined;
    calls.push({ id: call.id, type: 'function', function: { name: call.name, arguments: value } });
  }
  const { content, reasoning } = shown === 'trained' ? toBeTrained(message) : message;
  return {
    role: 'assistant',
    content: content ?? '',
    ...(shown !== 'none' && isSaid(reasoning) && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
};

/**
 * Without the empty lines with which servers begin what follows a thought: where a prompt ends in empty lines too, a tokenizer
 * joins the two, and the prompt is no longer the beginning of the prompt and completion.
 */
const toBeTrained = (message: AssistantMessage): Pick<AssistantMessage, 'content' | 'reasoning'> => {
  const { content, reasoning } = withThoughtApart(message);
  return { content: content?.trimStart() ?? null, reasoning };
};

/** Some servers and files leave reasoning in the content, with or without its opening tag: templates of models that think tear it. */
const withThoughtApart = (message: AssistantMessage): Pick<AssistantMessage, 'content' | 'reasoning'> => {
  if (isSaid(message.reasoning)) return message;
  const [, reasoning, content] = /^\s*(?:<think>)?([\s\S]*?)<\/think>\s*([\s\S]*)$/.exec(message.content ?? '') ?? [];
  return reasoning === undefined || content === undefined ? message : { content, reasoning };
};

const argumentsOf = ({ arguments: raw }: ToolCall, as: Arguments): JsonValue | undefined => {
  if (as === 'raw') return raw;
  return as === 'text' ? argumentText(raw) : argumentObject(raw);
};

/** Blank reasoning is none: templates would train an empty thought. */
const isSaid = (reasoning: string | undefined): reasoning is string => reasoning !== undefined && reasoning.trim() !== '';
