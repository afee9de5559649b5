// Lengths of many rows in a few numbers, and as bars for a terminal. Pure.

export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  readonly sum: number;
}

export interface Bucket {
  /** Inclusive. */
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  readonly rows: number;
}

/** Undefined where there is nothing to summarise. */
export const summarise = (lengths: readonly number[]): Summary | undefined => {
  const sorted = Float64Array.from(lengths).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  const [min, median, p95, max] = [at(0), at(0.5), at(0.95), at(1)];
  if (min === undefined || median === undefined || p95 === undefined || max === undefined) return undefined;
  return { min, median, p95, max, sum: sorted.reduce((sum, length) => sum + length, 0) };
};

/** Powers of two, since lengths spread over orders of magnitude; empty ones between the first and the last are kept. */
export const bucketsOf = (lengths: readonly number[]): readonly Bucket[] => {
  const counts: number[] = [];
  for (const length of lengths) {
    const index = length < 1 ? 0 : Math.ceil(Math.log2(length));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const first = counts.findIndex((count) => count !== undefined);
  return Array.from(counts, (count, index) => ({
    from: index === 0 ? 0 : 2 ** (index - 1) + 1,
    to: 2 ** index,
    rows: count ?? 0,
  })).slice(Math.max(first, 0));
};

/** One line a bucket, of `width` columns at most. */
export const histogramLines = (buckets: readonly Bucket[], width: number): readonly string[] => {
  const labels = buckets.map(({ from, to }) => `${from}–${to}`);
  const labelWidth = Math.max(...labels.map((label) => label.length), 0);
  const most = Math.max(...buckets.map(({ rows }) => rows), 1);
  const countWidth = String(most).length;
  const barWidth = Math.max(1, width - labelWidth - countWidth - 2);
  return buckets.map(({ rows }, index) => {
    // A bucket with a row shows at least something.
    const bar = rows === 0 ? '' : '█'.repeat(Math.max(1, Math.round((rows / most) * barWidth)));
    return `${labels[index]?.padStart(labelWidth)} ${String(rows).padStart(countWidth)} ${bar}`.trimEnd();
  });
};
