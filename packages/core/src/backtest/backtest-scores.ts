// How far models agree with what was recorded, over many steps. Pure: counts that add up, whatever the order.

import type { AnswerComparison, ComparedAnswer } from '../replay/compare-answers.ts';

/** One model's answer at one recorded step. */
export interface BacktestItem {
  readonly conversation: string;
  /** Of the recorded answer. */
  readonly version: number;
  readonly turn: number;
  readonly step: number;
  readonly recordedModel: string;
  readonly model: string;
  readonly recorded: ComparedAnswer;
  /** Absent: the model did not answer. */
  readonly answer?: ComparedAnswer;
  readonly comparison?: AnswerComparison;
  /** Why it did not answer, in words. */
  readonly failure?: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost: number;
}

export interface BacktestTotals {
  readonly answered: number;
  readonly failed: number;
  readonly agree: number;
  /** Steps at which the recorded or the new answer called tools. */
  readonly withCalls: number;
  readonly sameTools: number;
  /** Of those with the same tools. */
  readonly sameArguments: number;
  /** Steps at which the new answer called tools, and those whose calls all could be made. */
  readonly called: number;
  readonly valid: number;
  /** Steps at which both only spoke, and the sum of how alike their words are. */
  readonly spoke: number;
  readonly similarity: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost: number;
}

export const noBacktestTotals: BacktestTotals = {
  answered: 0,
  failed: 0,
  agree: 0,
  withCalls: 0,
  sameTools: 0,
  sameArguments: 0,
  called: 0,
  valid: 0,
  spoke: 0,
  similarity: 0,
  promptTokens: 0,
  completionTokens: 0,
  cost: 0,
};

export const addItem = (totals: BacktestTotals, item: BacktestItem): BacktestTotals => {
  const spent = {
    promptTokens: totals.promptTokens + item.promptTokens,
    completionTokens: totals.completionTokens + item.completionTokens,
    cost: totals.cost + item.cost,
  };
  const { comparison, answer, recorded } = item;
  if (comparison === undefined || answer === undefined) return { ...totals, ...spent, failed: totals.failed + 1 };
  const hasCalls = recorded.calls.length + answer.calls.length > 0;
  return {
    ...totals,
    ...spent,
    answered: totals.answered + 1,
    agree: totals.agree + Number(comparison.agrees),
    withCalls: totals.withCalls + Number(hasCalls),
    sameTools: totals.sameTools + Number(hasCalls && comparison.tools === 'same'),
    sameArguments: totals.sameArguments + Number(comparison.arguments === 'same'),
    called: totals.called + Number(answer.calls.length > 0),
    valid: totals.valid + Number(comparison.isValid === true),
    spoke: totals.spoke + Number(!hasCalls),
    similarity: totals.similarity + (hasCalls ? 0 : comparison.similarity),
  };
};

/** Shares from 0 to 1; absent where there was nothing to compare. */
export interface BacktestScore {
  readonly model: string;
  readonly answered: number;
  readonly failed: number;
  readonly agreement?: number;
  readonly toolChoice?: number;
  readonly arguments?: number;
  readonly validCalls?: number;
  readonly textSimilarity?: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost: number;
}

export const scoreOf = (model: string, totals: BacktestTotals): BacktestScore => {
  const { answered, failed, promptTokens, completionTokens, cost } = totals;
  return {
    model,
    answered,
    failed,
    ...share('agreement', totals.agree, answered),
    ...share('toolChoice', totals.sameTools, totals.withCalls),
    ...share('arguments', totals.sameArguments, totals.sameTools),
    ...share('validCalls', totals.valid, totals.called),
    ...share('textSimilarity', totals.similarity, totals.spoke),
    promptTokens,
    completionTokens,
    cost,
  };
};

const share = <N extends string>(name: N, part: number, whole: number): { readonly [K in N]?: number } =>
  whole === 0 ? {} : ({ [name]: part / whole } as { readonly [K in N]?: number });

/** Two models at the steps that both have answered: whose answer agrees with the recorded one. */
export interface ModelsCompared {
  readonly steps: number;
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
}

export const compareModels = (items: Iterable<BacktestItem>, first: string, second: string): ModelsCompared => {
  const agreed = new Map<string, Map<string, boolean>>();
  for (const { conversation, version, model, comparison } of items) {
    if (comparison === undefined || (model !== first && model !== second)) continue;
    const place = `${conversation} ${version}`;
    agreed.set(place, (agreed.get(place) ?? new Map<string, boolean>()).set(model, comparison.agrees));
  }
  const pairs = [...agreed.values()].filter(({ size }) => size === 2);
  const count = (a: boolean, b: boolean) => pairs.filter((pair) => pair.get(first) === a && pair.get(second) === b).length;
  return {
    steps: pairs.length,
    both: count(true, true),
    onlyFirst: count(true, false),
    onlySecond: count(false, true),
    neither: count(false, false),
  };
};
