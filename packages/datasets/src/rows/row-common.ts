// What rows of every format have in common: their columns, what an answer was asked with, and the count of what is left out.

import { type Entry, entriesOf, sendsReasoning } from '@turnlog/core';
import type { ExclusionReason, ProjectedRow, Projection, Row, RowOptions } from './projection.ts';
import type { ReadFamily, ReadMember } from './read-family.ts';
import type { RecordedAnswer } from './recorded-answers.ts';
import type { MessageReader, RowMessage } from './row-message.ts';

export const idOf = ({ conversation, version }: Pick<RecordedAnswer, 'conversation' | 'version'>): string =>
  `${conversation}:${version}`;

export const modelOf = ({ asked }: RecordedAnswer): string => asked.model?.model ?? '';

/** The columns that every row begins with. */
export const commonColumns = (id: string, answer: RecordedAnswer, { state }: ReadMember): Row => ({
  id,
  conversation: answer.conversation,
  turn: answer.turn,
  model: modelOf(answer),
  timestamp: answer.recordedAt,
  tags: state.tags,
});

/** A row made from the prefix of an answer and the answer. */
export const rowOf = (answer: RecordedAnswer, row: Row, toVersion = answer.editedAt ?? answer.version): ProjectedRow => ({
  id: String(row.id),
  conversation: answer.conversation,
  fromVersion: 1,
  toVersion,
  row,
});

/** What the model saw. Undefined: a call in it has arguments that no row can hold. */
export const promptOf = (
  { asked, turn }: RecordedAnswer,
  messages: MessageReader,
  promptReasoning: RowOptions['promptReasoning'],
): readonly RowMessage[] | undefined => {
  const prompt: RowMessage[] = [];
  const wasSent = (entry: Entry): boolean =>
    entry.kind === 'assistant' && asked.model !== undefined && sendsReasoning(asked.model.profile, entry.turn, turn);
  for (const entry of entriesOf(asked.transcript)) {
    const isShown = promptReasoning === 'as-sent' ? wasSent(entry) : promptReasoning === 'all';
    const message = messages.read(entry, isShown ? 'recorded' : 'none');
    if (message === undefined) return undefined;
    prompt.push(message);
  }
  return prompt;
};

export interface RowList {
  add(row: ProjectedRow): void;
  exclude(reason: ExclusionReason): void;
  projection(): Projection;
}

export const createRowList = (): RowList => {
  const rows: ProjectedRow[] = [];
  const excluded: Partial<Record<ExclusionReason, number>> = {};
  return {
    add: (row) => void rows.push(row),
    exclude: (reason) => {
      excluded[reason] = (excluded[reason] ?? 0) + 1;
    },
    projection: () => ({ rows, excluded }),
  };
};

/** Those that may be exported, ordered by id. */
export const selectedOf = ({ members }: ReadFamily): readonly ReadMember[] => members.filter(({ isSelected }) => isSelected);
