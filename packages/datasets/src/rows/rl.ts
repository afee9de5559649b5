// One row for every turn that came to an answer: its prompt, what the model and its tools did from there, and what it was
// worth. Turns that began with the same prompt are of one group, whatever branch or conversation they stand in.

import type { Entry, Transcript } from '@turnlog/core';
import { createPrefixHash } from './prefix-hash.ts';
import type { ExclusionReason, JsonValue, Projection, Row, RowOptions } from './projection.ts';
import type { ReadFamily, ReadMember } from './read-family.ts';
import type { RecordedAnswer } from './recorded-answers.ts';
import { commonColumns, createRowList, idOf, promptOf, rowOf, selectedOf } from './row-common.ts';
import { argumentsFor, createMessageReader, type MessageReader, type RowMessage } from './row-message.ts';
import { haveSameTools, toolsColumn, toolsOf } from './row-tools.ts';

export const projectRl = (family: ReadFamily, options: RowOptions): Projection => {
  const list = createRowList();
  for (const member of selectedOf(family)) {
    const messages = createMessageReader(member.state.truncate, argumentsFor(options));
    const prefixHash = createPrefixHash(member, options);
    for (const answers of turnsOf(member.own)) {
      const sample = sampleOf(answers, member, messages, options);
      if ('reason' in sample) {
        list.exclude(sample.reason);
        continue;
      }
      const { first, prompt, completion, reward } = sample;
      const row: Row = {
        ...commonColumns(idOf(first), first, member),
        prompt: prompt as JsonValue,
        tools: toolsColumn(toolsOf(first.asked), options),
        group: prefixHash(first),
        completion: completion as JsonValue,
        ...(reward !== undefined && { reward }),
      };
      list.add(rowOf(first, row, member.state.version));
    }
  }
  return list.projection();
};

type Answers = readonly [RecordedAnswer, ...RecordedAnswer[]];

/** Answers by turn, oldest first. */
const turnsOf = (answers: readonly RecordedAnswer[]): readonly Answers[] => {
  const turns: [RecordedAnswer, ...RecordedAnswer[]][] = [];
  for (const answer of answers) {
    const open = turns.at(-1);
    if (open !== undefined && open[0].turn === answer.turn) open.push(answer);
    else turns.push([answer]);
  }
  return turns;
};

interface Sample {
  readonly first: RecordedAnswer;
  readonly prompt: readonly RowMessage[];
  readonly completion: readonly RowMessage[];
  readonly reward: number | undefined;
}

const sampleOf = (
  answers: Answers,
  member: ReadMember,
  messages: MessageReader,
  options: RowOptions,
): Sample | { readonly reason: ExclusionReason } => {
  const [first] = answers;
  const last = answers.at(-1) ?? first;
  const over = member.turnEnds.get(first.turn);
  const reason = endedBadly(over?.end) ?? (haveSameTools(answers.map(({ asked }) => asked)) ? undefined : 'tools_changed');
  if (reason !== undefined) return { reason };
  const prompt = promptOf(first, messages, options.promptReasoning);
  const completion = entriesBetween(first.asked.transcript, over?.transcript).map((entry) => messages.read(entry, 'trained'));
  if (prompt === undefined || !completion.every((message) => message !== undefined)) return { reason: 'bad_arguments' };
  return { first, prompt, completion, reward: member.judgements.rewardOf(last) ?? member.judgements.ratingOf(last) };
};

type End = 'completed' | 'failed' | 'cancelled' | 'rolled_back' | undefined;

const endedBadly = (end: End): ExclusionReason | undefined => {
  if (end === undefined) return 'unknown_outcome';
  if (end === 'completed') return undefined;
  return end === 'rolled_back' ? 'superseded' : 'error';
};

/** Oldest first. */
const entriesBetween = (from: Transcript | undefined, to: Transcript | undefined): readonly Entry[] => {
  const entries: Entry[] = [];
  for (let link = to; link !== undefined && link !== from; link = link.before) entries.push(link.entry);
  return entries.reverse();
};
