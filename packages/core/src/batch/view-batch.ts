// A batch as people and clients see it.

import type { BulkPhase, BulkWork } from '../ports/bulk-ledger.ts';
import { type BatchOutcome, type BatchProgress, type BatchTotals, endedIn, noProgress, noTotals } from './batch-progress.ts';
import type { BatchBudget } from './batch-request.ts';
import { batchTag } from './plan-batch.ts';

/** What is kept of a batch's request for people. */
export interface AboutBatch {
  readonly prompts: number;
  readonly samples: number;
  readonly models: readonly string[];
  readonly concurrency: number;
  readonly budget?: BatchBudget;
}

export interface BatchTotalsView {
  readonly ended: number;
  readonly outcomes: Readonly<Partial<Record<BatchOutcome, number>>>;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number; readonly cost: number };
  readonly rewards: readonly { readonly grader: string; readonly graded: number; readonly mean: number }[];
}

export interface BatchView extends Omit<AboutBatch, 'budget'>, BatchTotalsView {
  readonly id: string;
  readonly phase: BulkPhase;
  /** Conversations in all. */
  readonly size: number;
  /** What all of them are tagged with. */
  readonly tag: string;
  readonly budget?: BatchBudget;
  readonly begun: number;
  /** In flight. */
  readonly open: number;
  /** Open ones that wait for a person. */
  readonly waiting: number;
  readonly byModel: readonly (BatchTotalsView & { readonly model: string })[];
  readonly failure?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const viewBatch = (work: BulkWork): BatchView => {
  const { id, phase, control, failure, createdAt, updatedAt } = work;
  const { budget: first, ...about } = work.about as AboutBatch;
  const progress = (work.progress as BatchProgress | undefined) ?? noProgress;
  const budget = (control.budget as BatchBudget | undefined) ?? first;
  return {
    id,
    phase,
    ...about,
    size: about.prompts * about.samples * about.models.length,
    tag: batchTag(id),
    ...(budget && { budget }),
    begun: progress.next,
    open: progress.open.length - progress.parked.length,
    waiting: progress.parked.length,
    ...totalsView(progress.totals),
    byModel: about.models.map((model) => ({ model, ...totalsView(progress.byModel[model] ?? noTotals) })),
    ...(failure !== undefined && { failure }),
    createdAt,
    updatedAt,
  };
};

const totalsView = (totals: BatchTotals): BatchTotalsView => {
  const { outcomes, promptTokens, completionTokens, cost, rewards } = totals;
  return {
    ended: endedIn(totals),
    outcomes,
    usage: { promptTokens, completionTokens, cost },
    rewards: Object.entries(rewards).map(([grader, { graded, sum }]) => ({ grader, graded, mean: sum / graded })),
  };
};
