// A conversation as the Hub's session viewer reads it: a line that says what it is, and a line for every message. Like a
// trace, it shows what happened.

import { type Entry, traceMessage } from '@turnlog/core';
import type { ProjectedRow, Projection, Row } from './projection.ts';
import type { ReadFamily, ReadMember } from './read-family.ts';
import { createRowList, modelOf, selectedOf } from './row-common.ts';
import { toolsOf } from './row-tools.ts';
import { shownEntries } from './shown-entries.ts';

export const projectSts = (family: ReadFamily): Projection => {
  const list = createRowList();
  for (const member of selectedOf(family)) {
    const entries = shownEntries(member.state);
    if (!entries.some(({ kind }) => kind === 'assistant')) {
      list.exclude('error');
      continue;
    }
    const models = new Map(member.answers.map((answer) => [answer.version, modelOf(answer)]));
    list.add(lineOf(member, member.id, headerOf(member), member.state.version));
    for (const entry of entries)
      list.add(lineOf(member, lineIdOf(member.id, entry), messageLine(entry, member, models.get(entry.version)), entry.version));
  }
  return list.projection();
};

const lineOf = ({ id: conversation }: ReadMember, id: string, row: Row, toVersion: number): ProjectedRow => ({
  id,
  conversation,
  fromVersion: 1,
  toVersion,
  row,
});

/** Calls that one event answered share its version. */
const lineIdOf = (conversation: string, entry: Entry): string =>
  entry.kind === 'tool' ? `${conversation}:${entry.version}/${entry.callId}` : `${conversation}:${entry.version}`;

/** The viewer ignores the keys it does not know. */
const headerOf = ({ id, state }: ReadMember): Row => ({
  type: 'session',
  harness: 'turnlog',
  id,
  name: state.title || 'conversation',
  timestamp: Date.parse(state.createdAt),
  model: state.model?.model ?? '',
  tools: toolsOf(state),
});

const messageLine = (entry: Entry, { state, events }: ReadMember, model: string | undefined): Row => {
  const { role, content, reasoning_content, tool_calls, tool_call_id } = traceMessage(entry, state.truncate);
  const recordedAt = events[entry.version - 1]?.recordedAt;
  return {
    type: 'message',
    message: {
      role,
      content,
      ...(reasoning_content !== undefined && { reasoningContent: reasoning_content }),
      ...(tool_calls && {
        toolCalls: tool_calls.map(({ id, function: { name, arguments: raw } }) => ({ id, function: { name, arguments: raw } })),
      }),
      ...(tool_call_id !== undefined && { toolCallId: tool_call_id }),
      ...(recordedAt !== undefined && { timestamp: Date.parse(recordedAt) }),
      ...(model !== undefined && { model }),
    },
  };
};
