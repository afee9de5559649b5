// Lines of the fine-tuning API: one conversation each, with the weight that each assistant message has in training. Only the
// keys that the API knows; it has no place for reasoning.

import { entriesOf } from '@turnlog/core';
import { argumentText } from './argument-values.ts';
import type { ExclusionReason, JsonValue, Projection, Row, RowOptions } from './projection.ts';
import { type ReadFamily, type ReadMember, whyNot } from './read-family.ts';
import type { RecordedAnswer } from './recorded-answers.ts';
import { createRowList, selectedOf } from './row-common.ts';
import { createMessageReader, type RowMessage } from './row-message.ts';
import { haveSameTools, toolsOf } from './row-tools.ts';

export const projectOpenai = (family: ReadFamily, options: RowOptions): Projection => {
  const list = createRowList();
  for (const member of selectedOf(family)) {
    const { reasons, last } = weigh(member, family, options);
    for (const reason of reasons.values()) if (reason !== undefined) list.exclude(reason);
    if (last !== undefined)
      list.add({
        id: member.id,
        conversation: member.id,
        fromVersion: 1,
        toVersion: member.state.version,
        row: lineOf(member, reasons, last),
      });
  }
  return list.projection();
};

interface Weighed {
  /** Of each answer of its own, why it has no weight; undefined where it has. */
  readonly reasons: ReadonlyMap<RecordedAnswer, ExclusionReason | undefined>;
  /** The newest answer with a weight: the line ends with it and has its tools. */
  readonly last: RecordedAnswer | undefined;
}

const weigh = (member: ReadMember, { superseded }: ReadFamily, { includeSuperseded }: RowOptions): Weighed => {
  const shown = new Set(entriesOf(member.state.transcript).map(({ version }) => version));
  const own = member.own.map((answer) => {
    const reason = shown.has(answer.version) ? whyNot(answer, member, includeSuperseded ? undefined : superseded) : 'superseded';
    return [answer, reason ?? (isCallable(answer) ? undefined : ('bad_arguments' as const))] as const;
  });
  const last = own.findLast(([, reason]) => reason === undefined)?.[0];
  const hasOtherTools = ({ asked }: RecordedAnswer): boolean => last !== undefined && !haveSameTools([asked, last.asked]);
  const reasons = own.map(
    ([answer, reason]) => [answer, reason ?? (hasOtherTools(answer) ? 'tools_changed' : undefined)] as const,
  );
  return { reasons: new Map(reasons), last };
};

const isCallable = ({ executed }: RecordedAnswer): boolean =>
  executed.toolCalls.every(({ arguments: raw }) => argumentText(raw) !== undefined);

const lineOf = (member: ReadMember, reasons: Weighed['reasons'], last: RecordedAnswer): Row => {
  const trained = new Set([...reasons].flatMap(([{ version }, reason]) => (reason === undefined ? [version] : [])));
  const messages = createMessageReader(member.state.truncate, 'raw');
  const entries = entriesOf(member.state.transcript);
  const end = entries.findIndex(({ version }) => version === last.version);
  const tools = toolsOf(last.asked);
  const parallel = last.asked.model?.profile.parallelToolCalls;
  return {
    messages: entries.slice(0, end + 1).map((entry) => {
      const message = messages.read(entry, 'none');
      const weight = entry.kind === 'assistant' ? { weight: trained.has(entry.version) ? 1 : 0 } : {};
      return { ...(message && asSent(message)), ...weight } as JsonValue;
    }),
    ...(tools.length > 0 && { tools }),
    ...(tools.length > 0 && parallel !== undefined && { parallel_tool_calls: parallel }),
  };
};

/** Results have no name there, and an empty text is no JSON. */
const asSent = ({ name: _, tool_calls, ...message }: RowMessage): RowMessage => ({
  ...message,
  ...(tool_calls && {
    tool_calls: tool_calls.map((call) => ({
      ...call,
      function: { ...call.function, arguments: String(call.function.arguments).trim() === '' ? '{}' : call.function.arguments },
    })),
  }),
});
