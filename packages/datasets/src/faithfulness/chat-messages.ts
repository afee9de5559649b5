// Rows of dialects as the chat messages that a trainer makes of them before it renders.

import { isObject, type Json, type JsonObject } from './examples-of.ts';

/** OpenAI's rows give arguments as JSON text and say by `weight` what is trained: hosts parse the one and strip the other. */
export const openaiMessages = (messages: readonly JsonObject[]): readonly JsonObject[] =>
  messages.map(({ weight: _, tool_calls: calls, ...message }) => ({
    ...message,
    ...(Array.isArray(calls) && { tool_calls: calls.map(withParsedArguments) }),
  }));

const withParsedArguments = (call: Json): Json => {
  if (!isObject(call) || !isObject(call.function)) return call;
  const { arguments: value, ...rest } = call.function;
  return { ...call, function: { ...rest, arguments: typeof value === 'string' ? parsed(value, value) : (value ?? {}) } };
};

/** LLaMA-Factory's turns: reasoning stands before what is said or called. */
export const sharegptMessages = (system: string, turns: readonly JsonObject[]): readonly JsonObject[] => [
  ...(system === '' ? [] : [{ role: 'system', content: system }]),
  ...turns.map(messageOf),
];

const messageOf = ({ from, value }: JsonObject): JsonObject => {
  const text = typeof value === 'string' ? value : '';
  if (from === 'human') return { role: 'user', content: text };
  if (from === 'observation') return { role: 'tool', content: text };
  const [, thought, said = text] = /^<think>\n([\s\S]*?)\n<\/think>\n\n([\s\S]*)$/.exec(text) ?? [];
  const reasoning = thought === undefined ? {} : { reasoning_content: thought };
  if (from !== 'function_call') return { role: 'assistant', content: said, ...reasoning };
  const calls = parsed(said, []);
  const list = Array.isArray(calls) ? calls : [calls];
  return {
    role: 'assistant',
    content: '',
    ...reasoning,
    tool_calls: list.map((call: Json) => ({ type: 'function', function: call })),
  };
};

/** Flat in a row, as the chat format nests them. */
export const nestedTools = (tools: readonly Json[]): readonly Json[] =>
  tools.map((tool) => ({ type: 'function', function: tool }));

const parsed = (text: string, otherwise: Json): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return otherwise;
  }
};
