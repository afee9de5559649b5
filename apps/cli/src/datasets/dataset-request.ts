// What the flags of a command ask of a dataset. Throws an Error that names the flag.

import { type ContentFilter, type DatasetFilter, type DatasetRequest, defaultRowOptions, type Format } from '@turnlog/datasets';
import type { FilterFlags, RowFlags } from './dataset-flags.ts';

export const filterOf = ({ id, tag, model, rating, since, until, q, phase }: FilterFlags): DatasetFilter => ({
  ...(id && { ids: id }),
  ...(tag && { tags: tag }),
  ...(model && { models: model }),
  ...(rating !== undefined && { rating: Number(rating) as -1 | 0 | 1 }),
  ...(since !== undefined && { since: isoTime('--since', since) }),
  ...(until !== undefined && { until: isoTime('--until', until) }),
  ...(q !== undefined && { q }),
  ...(phase !== undefined && { phase }),
});

export const contentFilterOf = (flags: FilterFlags): ContentFilter => ({
  ...(flags.serverName && { servers: flags.serverName }),
  ...(flags.minTurns !== undefined && { minTurns: count('--min-turns', flags.minTurns) }),
  ...(flags.maxTurns !== undefined && { maxTurns: count('--max-turns', flags.maxTurns) }),
  ...(flags.minUsage !== undefined && { minTokens: count('--min-usage', flags.minUsage) }),
  ...(flags.maxUsage !== undefined && { maxTokens: count('--max-usage', flags.maxUsage) }),
  ...(flags.errors === false && { noErrors: true }),
  ...(flags.text !== undefined && { text: flags.text }),
});

export const requestOf = (
  format: Format,
  as: 'jsonl' | 'parquet' | undefined,
  flags: FilterFlags & RowFlags,
): DatasetRequest => ({
  format,
  ...(as !== undefined && { as }),
  filter: filterOf(flags),
  content: contentFilterOf(flags),
  rows: {
    ...defaultRowOptions,
    ...(flags.promptReasoning !== undefined && { promptReasoning: flags.promptReasoning }),
    ...(flags.includeSuperseded && { includeSuperseded: true }),
    ...(flags.compat && { compat: flags.compat }),
  },
  onSecret: flags.onSecret ?? 'redact',
  ...(flags.keepDuplicates && { keepDuplicates: true }),
  ...(flags.test !== undefined && { test: share('--test', flags.test) }),
  ...(flags.seed !== undefined && { seed: flags.seed }),
  ...(flags.shards !== undefined && { shards: count('--shards', flags.shards, 1) }),
});

const isoTime = (flag: string, text: string): string => {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new Error(`${flag} got ${JSON.stringify(text)}, takes an ISO time such as 2026-11-22 or 2026-11-22T14:00:00Z.`);
  return time.toISOString();
};

export const count = (flag: string, text: string, least = 0): number => {
  if (!/^\d{1,12}$/.test(text) || Number(text) < least)
    throw new Error(`${flag} got ${JSON.stringify(text)}, takes a whole number from ${least}.`);
  return Number(text);
};

const share = (flag: string, text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new Error(`${flag} got ${JSON.stringify(text)}, takes a share from 0 to 1, such as 0.1.`);
  return value;
};
