import { describe, expect, it } from 'vitest';
import { type BatchItem, type BatchSituation, counting, endedIn, nextInBatch, noProgress } from './batch-progress.ts';

const item = (changed: Partial<BatchItem> = {}): BatchItem => ({
  conversation: 'c',
  prompt: 0,
  model: 'a',
  sample: 0,
  outcome: 'completed',
  promptTokens: 10,
  completionTokens: 5,
  cost: 0.5,
  rewards: { exact: 1 },
  ...changed,
});
const after = (progress: Partial<BatchSituation['progress']>, changed: Partial<BatchSituation> = {}) =>
  nextInBatch({
    size: 10,
    concurrency: 4,
    progress: { ...noProgress, ...progress },
    openTokens: 0,
    openCost: 0,
    budget: undefined,
    isCancelled: false,
    ...changed,
  });

describe('a batch under way', () => {
  it('counts what has ended: outcomes, tokens, cost and rewards, in all and by model', () => {
    const begun = { ...noProgress, next: 3, open: [0, 1, 2], parked: [2] };
    const one = counting(begun, 0, item());
    const two = counting(one, 2, item({ model: 'b', outcome: 'failed', rewards: { exact: 0, other: 0.5 } }));
    expect([two.open, two.parked, endedIn(two.totals)]).toEqual([[1], [], 2]);
    expect(two.totals).toEqual({
      outcomes: { completed: 1, failed: 1 },
      promptTokens: 20,
      completionTokens: 10,
      cost: 1,
      rewards: { exact: { graded: 2, sum: 1 }, other: { graded: 1, sum: 0.5 } },
    });
    expect(two.byModel.b?.outcomes).toEqual({ failed: 1 });
  });

  it('keeps so many in flight, and does not count those that wait for people', () => {
    expect(after({})).toEqual({ start: 4, phase: 'running' });
    expect(after({ next: 4, open: [0, 1, 3] })).toEqual({ start: 1, phase: 'running' });
    expect(after({ next: 4, open: [0, 1, 2, 3], parked: [0, 1] })).toEqual({ start: 2, phase: 'running' });
    expect(after({ next: 9, open: [] })).toEqual({ start: 1, phase: 'running' });
  });

  it('ends when all have ended, and waits where only people can go on', () => {
    expect(after({ next: 10, open: [9] })).toEqual({ start: 0, phase: 'running' });
    expect(after({ next: 10, open: [9], parked: [9] })).toEqual({ start: 0, phase: 'waiting' });
    expect(after({ next: 10 })).toEqual({ start: 0, phase: 'completed' });
  });

  it('is paused by its budget once those in flight have ended', () => {
    const { totals } = counting({ ...noProgress, open: [0] }, 0, item());
    expect(after({ next: 3 }, { budget: { maxConversations: 3 } })).toEqual({ start: 0, phase: 'paused' });
    expect(after({ next: 2 }, { budget: { maxConversations: 3 } })).toEqual({ start: 1, phase: 'running' });
    expect(after({ next: 1, totals }, { budget: { maxTokens: 15 } })).toEqual({ start: 0, phase: 'paused' });
    expect(after({ next: 1, totals }, { budget: { maxTokens: 16 } }).start).toBe(4);
    expect(after({ next: 2, totals, open: [1] }, { budget: { maxTokens: 20 }, openTokens: 5 })).toEqual({
      start: 0,
      phase: 'running',
    });
    expect(after({ next: 1, totals }, { budget: { maxCost: 0.5 } }).phase).toBe('paused');
  });

  it('begins nothing once it is cancelled, and is over when what is open has ended', () => {
    expect(after({ next: 2, open: [1] }, { isCancelled: true })).toEqual({ start: 0, phase: 'running' });
    expect(after({ next: 2 }, { isCancelled: true })).toEqual({ start: 0, phase: 'cancelled' });
  });
});
