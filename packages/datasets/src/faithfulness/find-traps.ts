// What makes a row train something else than was recorded, or stops a trainer: found in the row itself, and in what a chat
// template makes of it.

import { type Call, callsOf, type Example, isObject, type Json, type JsonObject, textOf } from './examples-of.ts';
import type { TemplateFacts } from './template-facts.ts';

/** What each trap means and what to do about it, in the order of a report. */
export const traps = {
  does_not_render: 'the template refuses the row: a trainer stops here. Leave these rows out or take another model.',
  not_a_prefix:
    'what the model saw is not how the training text begins, so the loss falls on the wrong tokens. Leave these rows out.',
  calls_lost: 'a tool call is not in the trained text: the template renders none, or only the first.',
  arguments_lost: 'arguments of a tool call are not in the trained text.',
  content_lost: 'what the model said is not in the trained text as it said it.',
  reasoning_lost: 'reasoning is not in the trained text. `sft` rows keep it for templates that render it at all.',
  empty_thought: 'an empty thought is trained: the template adds it. `sft` rows avoid that with `chat_template_kwargs`.',
  null_value: 'null stands in messages or tools, which templates render as text or refuse. Export again.',
  text_arguments: 'arguments are JSON text: some templates encode them twice or refuse them. Export without `--compat strings`.',
  parallel_calls:
    'one message makes several calls: templates of Llama 3 refuse that, those of gpt-oss render the first call only.',
  think_in_content: 'a `</think>` stands in the content, where templates look for reasoning.',
} as const;
export type Trap = keyof typeof traps;

/** Traps that can be seen without a template. */
export const trapsInRow = ({ prompt, trained, tools }: Example): readonly Trap[] => {
  const messages = [...prompt, ...trained];
  const calls = messages.flatMap(callsOf);
  const found: Trap[] = [];
  if (hasNull([...messages, ...tools])) found.push('null_value');
  if (calls.some(({ arguments: value }) => typeof value === 'string')) found.push('text_arguments');
  if (messages.some((message) => callsOf(message).length > 1)) found.push('parallel_calls');
  if (messages.some(({ role, content }) => role === 'assistant' && textOf(content).includes('</think>')))
    found.push('think_in_content');
  return found;
};

/** What the template is known to keep is no trap. */
export const isHarmless = (trap: Trap, facts: TemplateFacts): boolean =>
  (trap === 'parallel_calls' && facts.parallelCalls === 'kept') || (trap === 'text_arguments' && facts.textArguments === 'kept');

/** Arguments are the model's own, and a schema's default may be null. */
const hasNull = (value: Json | undefined): boolean => {
  if (value === null) return true;
  if (Array.isArray(value)) return value.some(hasNull);
  if (!isObject(value)) return false;
  return Object.entries(value).some(([key, each]) => key !== 'arguments' && key !== 'parameters' && hasNull(each));
};

/** What is missing from the text that is trained for these messages. */
export const trapsInText = (trained: readonly JsonObject[], text: string): readonly Trap[] => {
  const spoken = trained.filter(({ role }) => role === 'assistant');
  const calls = spoken.flatMap(callsOf);
  const found: Trap[] = [];
  if (calls.some(({ name }) => !text.includes(name))) found.push('calls_lost');
  else if (calls.some((call) => !isRendered(call, text))) found.push('arguments_lost');
  if (spoken.some(({ content }) => !text.includes(textOf(content).trim()))) found.push('content_lost');
  if (spoken.some(({ reasoning_content: thought }) => !text.includes(textOf(thought).trim()))) found.push('reasoning_lost');
  if (/<think>\s*<\/think>/.test(text)) found.push('empty_thought');
  return found;
};

/** Every name and every plain value of the arguments stands in the text, written as JSON or bare. */
const isRendered = ({ arguments: value }: Call, text: string): boolean => {
  const parsed = typeof value === 'string' ? parsedOrText(value) : value;
  if (!isObject(parsed)) return true;
  return Object.entries(parsed).every(([name, each]) => text.includes(name) && isValueIn(each, text));
};

const isValueIn = (value: Json, text: string): boolean => {
  if (typeof value === 'string') return text.includes(value) || text.includes(JSON.stringify(value).slice(1, -1));
  // Numbers, nulls and booleans have other spellings in templates (1.0, None, True); objects other spacing.
  return true;
};

const parsedOrText = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};
