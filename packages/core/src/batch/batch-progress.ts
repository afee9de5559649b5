// How far a batch has come, and what it does next. Pure: whoever holds the batch asks, and any two of them decide the same.

import type { BulkPhase } from '../ports/bulk-ledger.ts';
import type { BatchBudget } from './batch-request.ts';

/** `refused`: it could not be begun. */
export type BatchOutcome = 'completed' | 'failed' | 'cancelled' | 'rolled_back' | 'erased' | 'refused';

export interface BatchTotals {
  readonly outcomes: Readonly<Partial<Record<BatchOutcome, number>>>;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost: number;
  /** By grader: how many were graded, and the sum of their rewards. */
  readonly rewards: Readonly<Record<string, { readonly graded: number; readonly sum: number }>>;
}

/** One conversation that has ended. */
export interface BatchItem {
  readonly conversation: string;
  readonly prompt: number;
  readonly model: string;
  readonly sample: number;
  readonly outcome: BatchOutcome;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost: number;
  /** By grader. */
  readonly rewards: Readonly<Record<string, number>>;
  /** Why it was refused, or could not be graded. */
  readonly reason?: string;
}

export interface BatchProgress {
  /** Samples before this one were begun. */
  readonly next: number;
  /** Begun and not yet settled. */
  readonly open: readonly number[];
  /** Those of them that wait for people: for a decision, or a raised limit. */
  readonly parked: readonly number[];
  readonly totals: BatchTotals;
  readonly byModel: Readonly<Record<string, BatchTotals>>;
}

export const noTotals: BatchTotals = { outcomes: {}, promptTokens: 0, completionTokens: 0, cost: 0, rewards: {} };
export const noProgress: BatchProgress = { next: 0, open: [], parked: [], totals: noTotals, byModel: {} };

export const endedIn = ({ outcomes }: BatchTotals): number => Object.values(outcomes).reduce((sum, count) => sum + count, 0);

/** With one more that has ended. */
export const counting = (progress: BatchProgress, index: number, item: BatchItem): BatchProgress => ({
  ...progress,
  open: progress.open.filter((open) => open !== index),
  parked: progress.parked.filter((parked) => parked !== index),
  totals: added(progress.totals, item),
  byModel: { ...progress.byModel, [item.model]: added(progress.byModel[item.model] ?? noTotals, item) },
});

const added = (totals: BatchTotals, item: BatchItem): BatchTotals => ({
  outcomes: { ...totals.outcomes, [item.outcome]: (totals.outcomes[item.outcome] ?? 0) + 1 },
  promptTokens: totals.promptTokens + item.promptTokens,
  completionTokens: totals.completionTokens + item.completionTokens,
  cost: totals.cost + item.cost,
  rewards: {
    ...totals.rewards,
    ...Object.fromEntries(
      Object.entries(item.rewards).map(([grader, reward]) => {
        const { graded, sum } = totals.rewards[grader] ?? { graded: 0, sum: 0 };
        return [grader, { graded: graded + 1, sum: sum + reward }];
      }),
    ),
  },
});

export interface BatchSituation {
  readonly size: number;
  readonly concurrency: number;
  readonly progress: BatchProgress;
  /** Of those still open, so far. */
  readonly openTokens: number;
  readonly openCost: number;
  readonly budget: BatchBudget | undefined;
  readonly isCancelled: boolean;
}

/** How many to begin now, and where the batch then stands. */
export const nextInBatch = (situation: BatchSituation): { readonly start: number; readonly phase: BulkPhase } => {
  const { size, concurrency, progress, isCancelled } = situation;
  const { next, open, parked } = progress;
  if (isCancelled) return { start: 0, phase: open.length === 0 ? 'cancelled' : 'running' };
  const inFlight = open.length - parked.length;
  const start = Math.max(0, Math.min(size - next, concurrency - inFlight, affordable(situation)));
  if (start > 0 || inFlight > 0) return { start, phase: 'running' };
  if (parked.length > 0) return { start, phase: 'waiting' };
  return { start, phase: next < size ? 'paused' : 'completed' };
};

/** Spent counts what is in flight as well: it may yet spend more, and that is all a budget is passed by. */
const affordable = ({ progress, openTokens, openCost, budget = {} }: BatchSituation): number => {
  const { totals, next } = progress;
  const { maxConversations = Number.POSITIVE_INFINITY, maxTokens, maxCost } = budget;
  const isSpent =
    (maxTokens !== undefined && totals.promptTokens + totals.completionTokens + openTokens >= maxTokens) ||
    (maxCost !== undefined && totals.cost + openCost >= maxCost);
  return isSpent ? 0 : maxConversations - next;
};
