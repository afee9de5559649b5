import { describe, expect, it } from 'vitest';
import { type ComparedAnswer, compareAnswers } from '../replay/compare-answers.ts';
import { backtestItemName, isBacktestSpent, noBacktestProgress, withItem } from './backtest-progress.ts';
import { addItem, type BacktestItem, compareModels, noBacktestTotals, scoreOf } from './backtest-scores.ts';

const says = (content: string): ComparedAnswer => ({ content, calls: [] });
const calls = (name: string, raw = '{}'): ComparedAnswer => ({ content: '', calls: [{ name, arguments: raw }] });
const item = (
  recorded: ComparedAnswer,
  answer: ComparedAnswer | undefined,
  changed: Partial<BacktestItem> = {},
): BacktestItem => ({
  conversation: 'c',
  version: 5,
  turn: 1,
  step: 1,
  recordedModel: 'old',
  model: 'a',
  recorded,
  ...(answer ? { answer, comparison: compareAnswers(recorded, answer, ['read', 'write']) } : { failure: 'gone' }),
  promptTokens: 10,
  completionTokens: 2,
  cost: 0.5,
  ...changed,
});
const scored = (...items: readonly BacktestItem[]) => scoreOf('a', items.reduce(addItem, noBacktestTotals));

describe('the score of a model', () => {
  it('is the share of steps at which it did the same: tools, arguments, valid calls, words', () => {
    expect(
      scored(
        item(calls('read', '{"a":1,"b":2}'), calls('read', '{"b":2,"a":1.0}')),
        item(calls('read', '{"a":1}'), calls('read', '{"a":2}')),
        item(calls('read'), calls('delete')),
        item(calls('read'), says('No.')),
        item(says('one two'), says('one three')),
        item(says('one'), undefined),
      ),
    ).toEqual({
      model: 'a',
      answered: 5,
      failed: 1,
      agreement: 2 / 5,
      toolChoice: 2 / 4,
      arguments: 1 / 2,
      validCalls: 2 / 3,
      textSimilarity: 0.5,
      promptTokens: 60,
      completionTokens: 12,
      cost: 3,
    });
  });

  it('says nothing of what was never compared', () => {
    expect(scored(item(says('a'), says('a')))).toMatchObject({ agreement: 1, textSimilarity: 1 });
    expect(scored(item(says('a'), says('a')))).not.toHaveProperty('toolChoice');
    expect(scored()).toEqual({ model: 'a', answered: 0, failed: 0, promptTokens: 0, completionTokens: 0, cost: 0 });
  });
});

describe('two models side by side', () => {
  it('are compared at the steps that both have answered', () => {
    const step = (version: number, a: string | undefined, b: string) => [
      item(calls('read'), a === undefined ? undefined : calls(a), { version }),
      item(calls('read'), calls(b), { version, model: 'b' }),
    ];
    const items = [
      ...step(1, 'read', 'read'),
      ...step(2, 'read', 'write'),
      ...step(3, 'write', 'read'),
      ...step(4, 'write', 'write'),
      ...step(5, undefined, 'read'),
    ];
    expect(compareModels(items, 'a', 'b')).toEqual({ steps: 4, both: 1, onlyFirst: 1, onlySecond: 1, neither: 1 });
  });
});

describe('a backtest under way', () => {
  it('counts by model, and knows when its budget is spent', () => {
    const progress = withItem(
      withItem(noBacktestProgress, item(says('a'), says('a'))),
      item(says('a'), undefined, { model: 'b' }),
    );
    expect(Object.keys(progress.byModel)).toEqual(['a', 'b']);
    expect(isBacktestSpent(progress, {}, 5)).toBe(false);
    expect([isBacktestSpent(progress, { maxCalls: 3 }, 0), isBacktestSpent(progress, { maxCalls: 3 }, 1)]).toEqual([false, true]);
    expect([isBacktestSpent(progress, { maxTokens: 25 }, 9), isBacktestSpent(progress, { maxTokens: 24 }, 0)]).toEqual([
      false,
      true,
    ]);
    expect(isBacktestSpent(progress, { maxCost: 1 }, 0)).toBe(true);
  });

  it('names its parts so that they sort by place', () => {
    const names = [10, 9].map((version) => backtestItemName({ conversation: 'c', version, model: 'a' }));
    expect(names.sort()).toEqual(['c:000000009:a', 'c:000000010:a']);
  });
});
