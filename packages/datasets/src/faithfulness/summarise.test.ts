import { describe, expect, it } from 'vitest';
import { bucketsOf, histogramLines, summarise } from './summarise.ts';

describe('a summary', () => {
  it('tells the extremes, the middle and the sum', () => {
    expect(summarise([5, 1, 3, 2, 100])).toEqual({ min: 1, median: 3, p95: 100, max: 100, sum: 111 });
  });

  it('takes the value below which 95 of 100 lie', () => {
    expect(summarise(Array.from({ length: 100 }, (_, index) => index + 1))?.p95).toBe(95);
  });

  it('of nothing is nothing', () => {
    expect(summarise([])).toBeUndefined();
  });
});

describe('a histogram', () => {
  it('has a bucket for each power of two from the first length to the last, empty ones included', () => {
    expect(bucketsOf([3, 4, 5, 33])).toEqual([
      { from: 3, to: 4, rows: 2 },
      { from: 5, to: 8, rows: 1 },
      { from: 9, to: 16, rows: 0 },
      { from: 17, to: 32, rows: 0 },
      { from: 33, to: 64, rows: 1 },
    ]);
    expect(bucketsOf([])).toEqual([]);
  });

  it('counts every length in the bucket that holds it', () => {
    for (let length = 0; length <= 5_000; length++) expect(bucketsOf([length])).toEqual([expect.objectContaining({ rows: 1 })]);
    for (const length of [0, 1, 2, 3, 1_024, 1_025, 2 ** 20]) {
      const [{ from, to } = { from: 1, to: 0 }] = bucketsOf([length]);
      expect(from <= length && length <= to, `${length} in ${from}–${to}`).toBe(true);
    }
  });

  it('fills the width with the fullest bucket and shows a single row', () => {
    expect(histogramLines(bucketsOf([...Array(100).fill(8), 9]), 20)).toEqual([' 5–8 100 ███████████', '9–16   1 █']);
  });
});
