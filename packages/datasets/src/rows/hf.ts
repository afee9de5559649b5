// One row for every conversation, whole: for training on all its assistant messages at once.

import type { JsonValue, Projection, RowOptions } from './projection.ts';
import type { ReadFamily } from './read-family.ts';
import { commonColumns, createRowList, rowOf, selectedOf } from './row-common.ts';
import { argumentsFor } from './row-message.ts';
import { toolsColumn } from './row-tools.ts';
import { wholeConversation } from './whole-conversation.ts';

export const projectHf = (family: ReadFamily, options: RowOptions): Projection => {
  const list = createRowList();
  for (const member of selectedOf(family)) {
    const whole = wholeConversation(member, family, options, argumentsFor(options));
    if (whole === undefined) continue;
    if ('reason' in whole) {
      list.exclude(whole.reason);
      continue;
    }
    const { messages, tools, last } = whole;
    const common = { ...commonColumns(member.id, last, member), conversation: member.id };
    const row = { ...common, messages: messages as JsonValue, tools: toolsColumn(tools, options) };
    list.add({ ...rowOf(last, row, member.state.version), conversation: member.id });
  }
  return list.projection();
};
