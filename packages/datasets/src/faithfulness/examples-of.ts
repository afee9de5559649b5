// What a trainer renders of a row: a context, and what follows it and is trained. Pure, and trusts nothing about the row: a
// report is also for rows of older versions and of other programs.

import { nestedTools, openaiMessages, sharegptMessages } from './chat-messages.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Formats that a trainer renders through a chat template. */
export const reportedFormats = ['hf', 'sft', 'openai', 'sharegpt', 'dpo', 'kto', 'rl'] as const;
export type ReportedFormat = (typeof reportedFormats)[number];

export interface Example {
  /** The column that is trained. */
  readonly column: string;
  readonly prompt: readonly JsonObject[];
  /** Empty where only the context is given (an `rl` row without a completion). */
  readonly trained: readonly JsonObject[];
  readonly tools: readonly Json[];
  /** Further variables of the template, such as `enable_thinking`. */
  readonly variables: JsonObject;
}

const trainedColumns: Readonly<Record<Exclude<ReportedFormat, 'openai' | 'sharegpt'>, readonly string[]>> = {
  hf: ['messages'],
  sft: ['completion'],
  dpo: ['chosen', 'rejected'],
  kto: ['completion'],
  rl: ['completion'],
};

export const examplesOf = (format: ReportedFormat, row: JsonObject): readonly Example[] => {
  const tools = toolsOf(row.tools);
  const shared = { prompt: objects(row.prompt), tools, variables: objectOf(row.chat_template_kwargs) };
  if (format === 'openai') return [{ ...shared, column: 'messages', trained: openaiMessages(objects(row.messages)) }];
  if (format === 'sharegpt') {
    const trained = sharegptMessages(textOf(row.system), objects(row.conversations));
    return [{ ...shared, tools: nestedTools(tools), column: 'conversations', trained }];
  }
  return trainedColumns[format].map((column) => ({ ...shared, column, trained: objects(row[column]) }));
};

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

const objects = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** TRL reads tools that are one JSON text too: so `--compat strings` writes them. */
const toolsOf = (value: Json | undefined): readonly Json[] => {
  if (typeof value !== 'string') return Array.isArray(value) ? value : [];
  try {
    return toolsOf(JSON.parse(value) as Json);
  } catch {
    return [];
  }
};

export interface Call {
  readonly name: string;
  readonly arguments: Json | undefined;
}

export const callsOf = (message: JsonObject): readonly Call[] =>
  objects(message.tool_calls).map((call) => {
    const { name, arguments: value } = objectOf(call.function);
    return { name: typeof name === 'string' ? name : '', arguments: value };
  });

export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
