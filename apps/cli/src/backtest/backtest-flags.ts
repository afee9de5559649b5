// What the flags of `backtest` ask for.

import { type BacktestBudget, backtestBudgetSchema } from '@turnlog/core';
import { CalledWrongly } from '../called-wrongly.ts';
import { wholeNumber } from '../collect/collect-flags.ts';
import type { FilterFlags } from '../datasets/dataset-flags.ts';

export interface BacktestFlags extends Omit<FilterFlags, 'model'> {
  readonly last?: boolean;
  readonly traceDir?: string;
  readonly config?: string;
  /** The model to ask; of a set, several with commas between them. */
  readonly model?: string;
  readonly recordedModel?: readonly string[];
  readonly baseUrl?: string;
  readonly apiKey?: string;
  readonly concurrency?: string;
  readonly maxCalls?: string;
  readonly maxTokens?: string;
  readonly maxCost?: string;
  readonly resume?: string;
  readonly rate?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export const backtestBudgetOf = ({ maxCalls, maxTokens, maxCost }: BacktestFlags): BacktestBudget | undefined => {
  if (maxCost !== undefined && !(Number(maxCost) > 0))
    throw new CalledWrongly(`--max-cost got ${JSON.stringify(maxCost)}, takes a number above 0.`);
  const budget = backtestBudgetSchema.parse({
    ...(maxCalls !== undefined && { maxCalls: wholeNumber('--max-calls', maxCalls) }),
    ...(maxTokens !== undefined && { maxTokens: wholeNumber('--max-tokens', maxTokens) }),
    ...(maxCost !== undefined && { maxCost: Number(maxCost) }),
  });
  return Object.keys(budget).length === 0 ? undefined : budget;
};
