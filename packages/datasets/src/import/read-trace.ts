// A trace file of the seed's shape, as it lies on people's disks: arguments as text or objects, with or without a system
// message, content null or left out, our own key or none. What no conversation can hold is named.

import type { ImportedMessage } from '@turnlog/core';
import { z } from 'zod';

export interface ImportedTool {
  readonly name: string;
  readonly description?: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ReadTrace {
  readonly model: string;
  /** ISO time; undefined where the file does not say one. */
  readonly createdAt?: string;
  readonly systemPrompt?: string;
  readonly messages: readonly ImportedMessage[];
  readonly tools: readonly ImportedTool[];
  /** The conversation of ours that the file was exported from. */
  readonly conversation?: string;
  /** Keys of messages that a conversation has no place for; they are left out. */
  readonly leftOut: readonly string[];
}

/** The file is no trace; the message says where and why. */
export class NotATrace extends Error {
  override readonly name = 'NotATrace';
}

const contentSchema = z.union([
  z.string(),
  z.array(z.object({ type: z.literal('text', 'only text parts can be imported'), text: z.string() })),
]);
const callSchema = z.object({
  id: z.string().optional(),
  function: z.object({
    name: z.string(),
    arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  }),
});
const messageSchema = z.discriminatedUnion('role', [
  z.looseObject({ role: z.enum(['system', 'developer']), content: contentSchema }),
  z.looseObject({ role: z.literal('user'), content: contentSchema }),
  z.looseObject({
    role: z.literal('assistant'),
    content: contentSchema.nullish(),
    reasoning_content: z.string().nullish(),
    reasoning: z.string().nullish(),
    tool_calls: z.array(callSchema).nullish(),
  }),
  z.looseObject({ role: z.literal('tool'), content: contentSchema.nullish(), tool_call_id: z.string().nullish() }),
]);
type FileMessage = z.infer<typeof messageSchema>;

const traceSchema = z.object({
  timestamp: z.string().optional(),
  model: z.string().optional(),
  messages: z.array(messageSchema).min(1, 'there is no message'),
  tools: z
    .array(
      z.object({
        function: z.object({
          name: z.string(),
          description: z.string().nullish(),
          parameters: z.record(z.string(), z.unknown()).nullish(),
        }),
      }),
    )
    .nullish(),
  turnlog: z.object({ conversation: z.string() }).optional(),
});

/** `text` is the file's whole text. Throws NotATrace. */
export const readTrace = (text: string): ReadTrace => {
  const { timestamp, model, messages, tools, turnlog } = parsed(text);
  const [first, ...others] = messages;
  const system = first?.role === 'system' || first?.role === 'developer' ? first : undefined;
  const said = system === undefined ? messages : others;
  const createdAt = timestamp === undefined ? undefined : isoTimeOf(timestamp);
  return {
    model: model ?? 'unknown',
    ...(createdAt !== undefined && { createdAt }),
    ...(system && { systemPrompt: textOf(system.content) }),
    messages: withCallIds(said, system === undefined ? 1 : 2),
    tools: (tools ?? []).map(({ function: { name, description, parameters } }) => ({
      name,
      ...(description != null && { description }),
      parameters: parameters ?? {},
    })),
    ...(turnlog && { conversation: turnlog.conversation }),
    leftOut: [...new Set(messages.flatMap(unknownKeys))].sort(),
  };
};

const parsed = (text: string): z.infer<typeof traceSchema> => {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new NotATrace(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const result = traceSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new NotATrace(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'is not what a trace has there'}`);
};

/** A result without an id answers the first call that waits: some writers leave ids out. */
const withCallIds = (messages: readonly FileMessage[], firstNumber: number): readonly ImportedMessage[] => {
  let waiting: string[] = [];
  return messages.map((message, index): ImportedMessage => {
    switch (message.role) {
      case 'user':
        return { role: 'user', content: textOf(message.content) };
      case 'tool': {
        const callId = message.tool_call_id ?? waiting[0] ?? '';
        waiting = waiting.filter((id) => id !== callId);
        return { role: 'tool', callId, content: textOf(message.content) };
      }
      case 'assistant': {
        const toolCalls = (message.tool_calls ?? []).map((call, place) => ({
          id: call.id || `unnamed_${index}_${place}`,
          name: call.function.name,
          arguments: argumentsText(call.function.arguments),
        }));
        waiting = toolCalls.map(({ id }) => id);
        const reasoning = message.reasoning_content ?? message.reasoning;
        return {
          role: 'assistant',
          content: message.content == null ? null : textOf(message.content),
          ...(reasoning != null && { reasoning }),
          toolCalls,
        };
      }
      default:
        throw new NotATrace(
          `messages.${firstNumber - 1 + index}: a ${message.role} message stands only at the beginning of a conversation`,
        );
    }
  });
};

const textOf = (content: z.infer<typeof contentSchema> | null | undefined): string =>
  typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('');

const argumentsText = (value: string | Record<string, unknown> | null | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? {});

const knownKeys = new Set(['role', 'content', 'reasoning_content', 'reasoning', 'tool_calls', 'tool_call_id', 'name']);
const unknownKeys = (message: FileMessage): readonly string[] =>
  Object.entries(message)
    .filter(([key, value]) => value != null && !knownKeys.has(key))
    .map(([key]) => key);

/** `20261122_140509`, in UTC as we write it; or any ISO time. */
const isoTimeOf = (timestamp: string): string | undefined => {
  const compact = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/.exec(timestamp);
  const [, year, month, day, hour, minute, second] = compact ?? [];
  const time = new Date(compact ? `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z` : timestamp);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
};
