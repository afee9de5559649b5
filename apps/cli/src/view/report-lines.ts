// A faithfulness report for a person at a terminal.

import { type FaithfulnessReport, histogramLines, type Summary } from '@turnlog/datasets';
import type { Terminal } from './terminal.ts';

type View = Pick<Terminal, 'columns' | 'style'>;

const widest = 100;
const named = 5;
const shownOfSpan = 600;

export const reportLines = (report: FaithfulnessReport, file: string, view: View): readonly string[] => [
  '',
  view.style('bold', `${report.format}: ${counted(report.rows, 'row')}`),
  ...templateLines(report),
  ...lengthLines(report, view),
  ...tooLongLines(report, view),
  ...trapLines(report, view),
  ...duplicateLines(report),
  ...previewLines(report, view),
  `All of it is in ${file}`,
];

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const names = {
  toolCalls: 'tool calls',
  parallelCalls: 'parallel calls',
  textArguments: 'arguments as text',
  reasoning: 'reasoning',
  earlierReasoning: 'reasoning of earlier turns',
  nullContent: 'null content',
} as const;

const templateLines = ({ tokenizer }: FaithfulnessReport): readonly string[] => {
  if (tokenizer === undefined)
    return ['Without --tokenizer: lengths are characters, and only traps that show in the rows are found.'];
  const facts = Object.entries(names).map(([key, name]) => `${name} ${tokenizer.template[key as keyof typeof names]}`);
  return [`Tokenizer and template of ${tokenizer.name}: ${facts.join(' · ')}`];
};

const lengthLines = ({ unit, lengths, histogram }: FaithfulnessReport, { columns }: View): readonly string[] => {
  const heads = ['min', 'median', 'p95', 'max', 'sum'] as const;
  const table = (['prompt', 'trained', 'total'] as const).flatMap((name) => {
    const summary: Summary | undefined = lengths[name];
    return summary === undefined ? [] : [`${name.padEnd(10)}${heads.map((head) => String(summary[head]).padStart(11)).join('')}`];
  });
  if (table.length === 0) return [];
  const title = unit.padEnd(10) + heads.map((head) => head.padStart(11)).join('');
  return ['', title, ...table, '', `Rows by length in ${unit}`, ...histogramLines(histogram, Math.min(columns, widest))];
};

const tooLongLines = ({ tooLong }: FaithfulnessReport, { style }: View): readonly string[] => {
  if (tooLong === undefined) return [];
  const { maxTokens, rows, nothingTrained, ids } = tooLong;
  if (rows === 0) return ['', `No row is longer than ${maxTokens} tokens.`];
  const lost = nothingTrained === 0 ? '' : `; of ${nothingTrained} the context alone fills that, so nothing is trained`;
  return ['', style('yellow', `${counted(rows, 'row')} longer than ${maxTokens} tokens${lost}: ${listed(ids, rows)}`)];
};

const trapLines = ({ traps }: FaithfulnessReport, { style }: View): readonly string[] =>
  traps.length === 0
    ? ['', 'No traps found.']
    : [
        '',
        ...traps.flatMap(({ trap, rows, ids, meaning, refusal }) => [
          `${style('yellow', `${trap}, ${counted(rows, 'row')}`)}: ${meaning}`,
          `  ${listed(ids, rows)}${refusal === undefined ? '' : ` (${refusal})`}`,
        ]),
      ];

const duplicateLines = ({ duplicates }: FaithfulnessReport): readonly string[] => {
  const [first] = duplicates.of;
  if (first === undefined) return ['No duplicates.'];
  return [
    `Duplicates: ${counted(duplicates.rows, 'row')} with the words of an earlier one, such as ${first.id} of ${first.sameAs}.`,
  ];
};

/** The row with the longest trained text of the previewed: a call shows more than a farewell. */
const previewLines = ({ preview }: FaithfulnessReport, { style }: View): readonly string[] => {
  const shown = [...preview].sort((a, b) => b.trained.length - a.trained.length)[0];
  if (shown === undefined) return [''];
  const context = shown.context.slice(-shownOfSpan / 2);
  const trained = shown.trained.slice(0, shownOfSpan);
  return [
    '',
    `What is trained of ${shown.id} (the end of its context in grey):`,
    ...`…${context}`.split('\n').map((line) => style('dim', `  ${line}`)),
    ...trained
      .trimEnd()
      .split('\n')
      .map((line) => `  ${style('green', `▌ ${line}`)}`),
    '',
  ];
};

const listed = (ids: readonly string[], count: number): string =>
  `${ids.slice(0, named).join(', ')}${count > named ? ` and ${count - named} more` : ''}`;
