// A conversation as one example: its history as it stands, trained in every answer. So each answer in it must be good.

import { entriesOf } from '@turnlog/core';
import type { ExclusionReason, JsonValue, RowOptions } from './projection.ts';
import { type ReadFamily, type ReadMember, whyNot } from './read-family.ts';
import type { RecordedAnswer } from './recorded-answers.ts';
import { type Arguments, createMessageReader, type RowMessage } from './row-message.ts';
import { haveSameTools, toolsOf } from './row-tools.ts';

export interface WholeConversation {
  readonly messages: readonly RowMessage[];
  readonly tools: readonly JsonValue[];
  /** The newest answer that the history shows. */
  readonly last: RecordedAnswer;
}

/** Undefined: there is nothing to say of it, as it has no answer of its own. */
export const wholeConversation = (
  member: ReadMember,
  { superseded }: ReadFamily,
  { includeSuperseded }: Pick<RowOptions, 'includeSuperseded'>,
  as: Arguments,
): WholeConversation | { readonly reason: ExclusionReason } | undefined => {
  const answers = shownAnswers(member);
  const last = answers.at(-1);
  if (last === undefined) return member.own.length > 0 ? { reason: 'superseded' } : undefined;
  if (member.own.length === 0 && member.state.forkedFrom?.supersededAfter === undefined) return undefined;
  if (superseded.isLeft(member.id) && !includeSuperseded) return { reason: 'superseded' };
  const reason = answers.map((answer) => whyNot(answer, member, undefined)).find((found) => found !== undefined);
  if (reason !== undefined) return { reason };
  const messages = messagesOf(member, as);
  if (messages === undefined) return { reason: 'bad_arguments' };
  if (!haveSameTools(answers.map(({ asked }) => asked))) return { reason: 'tools_changed' };
  return { messages, tools: toolsOf(last.asked), last };
};

/** The answers that the history still shows: not those of turns that were rolled back or edited away. */
const shownAnswers = ({ answers, state }: ReadMember): readonly RecordedAnswer[] => {
  const shown = new Set(entriesOf(state.transcript).flatMap(({ kind, version }) => (kind === 'assistant' ? [version] : [])));
  return answers.filter(({ version }) => shown.has(version));
};

/** Without the words at its end that nobody answered. */
const messagesOf = ({ state }: ReadMember, as: Arguments): readonly RowMessage[] | undefined => {
  const reader = createMessageReader(state.truncate, as);
  const messages = entriesOf(state.transcript).map((entry) => reader.read(entry, 'trained'));
  while (messages.at(-1)?.role === 'user') messages.pop();
  return messages.some((message) => message === undefined) ? undefined : (messages as readonly RowMessage[]);
};
