// Ways back: which fork a person means. What is left behind so is superseded: kept in the log, not meant to be trained on.

import type { ConversationView } from '@turnlog/core';
import { printable } from '../view/printable.ts';

type ViewMessage = ConversationView['messages'][number];

export type Branch =
  | { readonly at: number; readonly supersede: true; readonly edit?: { readonly content: string } }
  | { readonly problem: string };

/** Messages as people count them: without the system prompt. */
const counted = (messages: readonly ViewMessage[]): readonly ViewMessage[] => messages.filter(({ role }) => role !== 'system');

/** To just before message `number`. */
export const branchBefore = (messages: readonly ViewMessage[], number: number): Branch => {
  const all = counted(messages);
  const message = all[number - 1];
  if (message === undefined)
    return {
      problem: all.length === 0 ? 'There are no messages yet.' : `There are messages 1 to ${all.length}: /back lists them.`,
    };
  return { at: message.version - 1, supersede: true };
};

/** The last user message again, in these words or in its own. */
export const branchEdited = (messages: readonly ViewMessage[], text?: string): Branch => {
  const last = lastUserMessage(messages);
  if (last === undefined) return { problem: 'You have said nothing yet.' };
  return { at: last.version, supersede: true, edit: { content: text ?? last.content } };
};

export const lastUserMessage = (messages: readonly ViewMessage[]): ViewMessage | undefined =>
  messages.findLast(({ role }) => role === 'user');

const speakers = { user: 'you', assistant: 'model', tool: 'tool', system: 'system' } as const;

export const messageLines = (messages: readonly ViewMessage[], width: number): readonly string[] => {
  const all = counted(messages);
  const digits = String(all.length).length;
  return all.map((message, index) => {
    const text = `${String(index + 1).padStart(digits)}  ${speakers[message.role].padEnd(5)}  ${wordsOf(message)}`;
    return text.length > width ? `${text.slice(0, width - 1)}…` : text;
  });
};

const wordsOf = ({ content, tool_calls: calls = [], name }: ViewMessage): string =>
  printable(
    [
      ...(name === undefined ? [] : [`${name}:`]),
      content,
      ...calls.map((call) => `→ ${call.function.name} ${call.function.arguments}`),
    ]
      .join(' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
