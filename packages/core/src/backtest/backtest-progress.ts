// How far a backtest has come.

import type { BacktestBudget } from './backtest-request.ts';
import { addItem, type BacktestItem, type BacktestTotals, noBacktestTotals } from './backtest-scores.ts';

export interface BacktestProgress {
  /** Conversations before this one are done. */
  readonly next: number;
  readonly byModel: Readonly<Record<string, BacktestTotals>>;
}

export const noBacktestProgress: BacktestProgress = { next: 0, byModel: {} };

export const withItem = (progress: BacktestProgress, item: BacktestItem): BacktestProgress => ({
  ...progress,
  byModel: { ...progress.byModel, [item.model]: addItem(progress.byModel[item.model] ?? noBacktestTotals, item) },
});

/** Names sort by conversation and version; the same step and model is one part. */
export const backtestItemName = ({ conversation, version, model }: Pick<BacktestItem, 'conversation' | 'version' | 'model'>) =>
  `${conversation}:${String(version).padStart(9, '0')}:${model}`;

/** Whether another call would pass the budget; tokens and cost are known only of calls that have ended. */
export const isBacktestSpent = (
  { byModel }: BacktestProgress,
  {
    maxCalls = Number.POSITIVE_INFINITY,
    maxTokens = Number.POSITIVE_INFINITY,
    maxCost = Number.POSITIVE_INFINITY,
  }: BacktestBudget,
  inFlight: number,
): boolean => {
  const totals = Object.values(byModel);
  const sum = (of: (one: BacktestTotals) => number) => totals.reduce((all, one) => all + of(one), 0);
  return (
    sum(({ answered, failed }) => answered + failed) + inFlight >= maxCalls ||
    sum(({ promptTokens, completionTokens }) => promptTokens + completionTokens) >= maxTokens ||
    sum(({ cost }) => cost) >= maxCost
  );
};
