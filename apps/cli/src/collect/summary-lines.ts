// What a batch came to, in words and a table.

import type { BatchTotalsView, BatchView } from '@turnlog/core';
import { tableLines } from '../view/table.ts';

export interface CommandRewards {
  readonly grader: string;
  readonly graded: number;
  readonly mean: number | undefined;
  /** By reason: how many could not be graded. */
  readonly failed: Readonly<Record<string, number>>;
}

export const summaryLines = (batch: BatchView, byCommands: readonly CommandRewards[]): readonly string[] => {
  const columns = batch.rewards.map(({ grader }) => grader);
  const rows = [...batch.byModel.map((one) => rowOf(one.model, one, columns)), rowOf('all', batch, columns)];
  return [
    `Batch ${batch.id}: ${phaseInWords(batch)}`,
    '',
    ...tableLines([
      ['model', 'ended', 'completed', 'failed', 'tokens', 'cost', ...columns],
      ...(rows.length === 2 ? rows.slice(1) : rows),
    ]),
    ...byCommands.flatMap(commandLines),
    '',
    `Its conversations: npm run export-traces -- --format rl --tag ${batch.tag}`,
  ];
};

const rowOf = (
  name: string,
  { ended, outcomes, usage, rewards }: BatchTotalsView,
  graders: readonly string[],
): readonly string[] => [
  name,
  String(ended),
  String(outcomes.completed ?? 0),
  String(ended - (outcomes.completed ?? 0)),
  String(usage.promptTokens + usage.completionTokens),
  usage.cost === 0 ? '-' : usage.cost.toFixed(4),
  ...graders.map((grader) => rewards.find((one) => one.grader === grader)?.mean.toFixed(3) ?? '-'),
];

const commandLines = ({ grader, graded, mean, failed }: CommandRewards): readonly string[] => [
  `${grader}: ${graded} graded${mean === undefined ? '' : `, mean reward ${mean.toFixed(3)}`}`,
  ...Object.entries(failed).map(([reason, count]) => `  ${count} could not be graded: ${reason}`),
];

const phaseInWords = ({ id, phase, ended, size, waiting, failure }: BatchView): string => {
  switch (phase) {
    case 'completed':
      return `${ended} conversation${ended === 1 ? ' has' : 's have'} ended.`;
    case 'paused':
      return `its budget is spent after ${ended} of ${size}. Go on with more: --resume ${id} --max-tokens … (or --max-conversations, --max-cost)`;
    case 'waiting':
      return `${waiting} of ${size} wait for a decision or a raised limit (GET /conversations?tag=batch:${id}&phase=waiting, or paused).`;
    case 'failed':
      return `it failed: ${failure ?? ''}`;
    default:
      return `${phase}, ${ended} of ${size} have ended.`;
  }
};
