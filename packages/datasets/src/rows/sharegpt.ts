// Rows as LLaMA-Factory reads them (`formatting: sharegpt`): people and tools speak at the odd places, the model at the even
// ones, always in turn. It trains every turn of the model, so these are the conversations that `hf` holds.

import type { Projection, RowOptions } from './projection.ts';
import type { ReadFamily } from './read-family.ts';
import { commonColumns, createRowList, rowOf, selectedOf } from './row-common.ts';
import type { RowMessage } from './row-message.ts';
import { wholeConversation } from './whole-conversation.ts';

/** What `dataset_info.json` says of the file, for LLaMA-Factory to find its columns. */
export const sharegptDatasetInfo = {
  formatting: 'sharegpt',
  columns: { messages: 'conversations', system: 'system', tools: 'tools' },
} as const;

type Speaker = 'human' | 'gpt' | 'function_call' | 'observation';
type Speech = { readonly from: Speaker; readonly value: string };

export const projectSharegpt = (family: ReadFamily, options: RowOptions): Projection => {
  const list = createRowList();
  for (const member of selectedOf(family)) {
    const whole = wholeConversation(member, family, options, 'objects');
    if (whole === undefined) continue;
    if ('reason' in whole) {
      list.exclude(whole.reason);
      continue;
    }
    const conversations = inTurn(whole.messages);
    if (conversations === undefined) {
      list.exclude('error');
      continue;
    }
    const row = {
      ...commonColumns(member.id, whole.last, member),
      conversation: member.id,
      conversations,
      system: whole.messages[0]?.role === 'system' ? whole.messages[0].content : '',
      tools: whole.tools.length === 0 ? '' : JSON.stringify(whole.tools.map(flat)),
    };
    list.add({ ...rowOf(whole.last, row, member.state.version), conversation: member.id });
  }
  return list.projection();
};

/** Undefined: words that came beside the results of tools, or two answers in a row, have no place there. */
const inTurn = (messages: readonly RowMessage[]): readonly Speech[] | undefined => {
  const said: Speech[] = [];
  for (const speech of messages.flatMap(speechOf)) {
    const before = said.at(-1);
    if (before?.from === speech.from && joints[speech.from] !== undefined)
      said[said.length - 1] = { ...before, value: `${before.value}${joints[speech.from]}${speech.value}` };
    else if (isModel(speech) === (said.length % 2 === 1)) said.push(speech);
    else return undefined;
  }
  while (said.length > 0 && said.length % 2 === 1) said.pop();
  return said.length === 0 ? undefined : said;
};

/** How LLaMA-Factory itself joins the results of parallel calls; words that follow words become one message. */
const joints: { readonly [S in Speaker]?: string } = {
  human: '\n\n',
  observation: '\n</tool_response>\n<tool_response>\n',
};

const isModel = ({ from }: Speech): boolean => from === 'gpt' || from === 'function_call';

const speechOf = (message: RowMessage): readonly Speech[] => {
  switch (message.role) {
    case 'system':
      return [];
    case 'user':
      return [{ from: 'human', value: message.content }];
    case 'tool':
      return [{ from: 'observation', value: message.content }];
    default:
      return [answerOf(message)];
  }
};

/** A call has no place for words beside it: they are left out. Reasoning stands before either. */
const answerOf = ({ content, reasoning_content, tool_calls }: RowMessage): Speech => {
  const thought = reasoning_content === undefined ? '' : `<think>\n${reasoning_content.trim()}\n</think>\n\n`;
  if (tool_calls === undefined) return { from: 'gpt', value: `${thought}${content}` };
  const calls = tool_calls.map((call) => call.function);
  return { from: 'function_call', value: `${thought}${JSON.stringify(calls.length === 1 ? calls[0] : calls)}` };
};

const flat = (tool: unknown): unknown => (tool as { readonly function: unknown }).function;
