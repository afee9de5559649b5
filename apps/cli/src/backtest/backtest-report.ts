// What a backtest found: a table for people, a report for machines, and the disagreements as a file to be rated.

import {
  type AboutBacktest,
  type BacktestItem,
  type BacktestProgress,
  type BacktestScore,
  type BulkWork,
  compareModels,
  type ModelsCompared,
  noBacktestTotals,
  scoreOf,
} from '@turnlog/core';
import { tableLines } from '../view/table.ts';

export interface BacktestReport {
  readonly id: string;
  readonly phase: BulkWork['phase'];
  readonly conversations: number;
  readonly scores: readonly BacktestScore[];
  /** The first model beside each other one. */
  readonly compared: readonly (ModelsCompared & { readonly first: string; readonly second: string })[];
  readonly disagreements: number;
}

export const reportOf = ({ id, phase, about, progress }: BulkWork, items: readonly BacktestItem[]): BacktestReport => {
  const { conversations, models } = about as AboutBacktest;
  const { byModel = {} } = (progress ?? {}) as Partial<BacktestProgress>;
  const [first = '', ...others] = models;
  return {
    id,
    phase,
    conversations,
    scores: models.map((model) => scoreOf(model, byModel[model] ?? noBacktestTotals)),
    compared: others.map((second) => ({ first, second, ...compareModels(items, first, second) })),
    disagreements: disagreementsIn(items).length,
  };
};

/** One recorded step at which somebody did something else; the last three are for whoever rates it. */
export interface Disagreement
  extends Pick<BacktestItem, 'conversation' | 'version' | 'turn' | 'step' | 'recordedModel' | 'recorded'> {
  readonly answers: readonly Pick<BacktestItem, 'model' | 'answer' | 'comparison'>[];
  readonly rating: null;
  readonly correction: null;
  readonly comment: null;
}

export const disagreementsIn = (items: readonly BacktestItem[]): readonly Disagreement[] => {
  const steps = new Map<string, Disagreement>();
  for (const { model, answer, comparison, ...item } of items) {
    if (comparison === undefined || comparison.agrees) continue;
    const { conversation, version, turn, step, recordedModel, recorded } = item;
    const place = `${conversation}:${version}`;
    const known = steps.get(place);
    const said = { model, ...(answer && { answer }), comparison };
    steps.set(place, {
      conversation,
      version,
      turn,
      step,
      recordedModel,
      recorded,
      answers: [...(known?.answers ?? []), said],
      rating: null,
      correction: null,
      comment: null,
    });
  }
  return [...steps.values()];
};

export const reportLines = (
  report: BacktestReport,
  paths: { readonly report: string; readonly queue: string },
): readonly string[] => [
  `Backtest ${report.id}: ${report.phase}, ${report.conversations} conversation${report.conversations === 1 ? '' : 's'}`,
  '',
  ...tableLines([
    ['model', 'steps', 'agreement', 'tool', 'arguments', 'valid', 'words', 'failed', 'tokens', 'cost'],
    ...report.scores.map(scoreRow),
  ]),
  ...report.compared.flatMap(({ first, second, steps, both, onlyFirst, onlySecond, neither }) => [
    '',
    `At ${steps} steps that both answered: both agree ${both}, only ${first} ${onlyFirst}, only ${second} ${onlySecond}, neither ${neither}`,
  ]),
  '',
  `Report         ${paths.report}`,
  `Disagreements  ${report.disagreements} in ${paths.queue}`,
  ...(report.disagreements === 0
    ? []
    : [`Write a rating (-1, 0, 1), a correction or a comment into its lines, then: npm run backtest -- --rate ${paths.queue}`]),
];

const scoreRow = (score: BacktestScore): readonly string[] => [
  score.model,
  String(score.answered),
  percent(score.agreement),
  percent(score.toolChoice),
  percent(score.arguments),
  percent(score.validCalls),
  percent(score.textSimilarity),
  String(score.failed),
  String(score.promptTokens + score.completionTokens),
  score.cost === 0 ? '-' : score.cost.toFixed(4),
];

const percent = (share: number | undefined): string => (share === undefined ? '-' : `${(share * 100).toFixed(1)} %`);
