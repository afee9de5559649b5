// What a manifest says was asked for, to ask for it again.

import { defaultRowOptions } from '../rows/projection.ts';
import type { DatasetRequest } from './build-from-log.ts';
import type { ContentFilter } from './content-filter.ts';
import type { Manifest } from './manifest.ts';
import type { DatasetFilter } from './selected-at.ts';

const contentKeys: Readonly<Record<keyof ContentFilter, true>> = {
  servers: true,
  minTurns: true,
  maxTurns: true,
  minTokens: true,
  maxTokens: true,
  noErrors: true,
  text: true,
};

export const manifestRequest = ({ format, as, filters, options, seed }: Manifest): DatasetRequest => {
  const { shards, promptReasoning, includeSuperseded, compat, onSecret, keepDuplicates, test } = options;
  const entries = Object.entries(filters);
  return {
    format,
    ...(as !== 'json' && { as }),
    filter: Object.fromEntries(entries.filter(([name]) => !(name in contentKeys))) as DatasetFilter,
    content: Object.fromEntries(entries.filter(([name]) => name in contentKeys)) as ContentFilter,
    rows: {
      ...defaultRowOptions,
      ...(promptReasoning && { promptReasoning }),
      ...(includeSuperseded !== undefined && { includeSuperseded }),
      ...(compat && { compat }),
    },
    onSecret: onSecret ?? 'redact',
    ...(keepDuplicates && { keepDuplicates }),
    ...(test !== undefined && { test }),
    ...(seed !== '' && { seed }),
    ...(shards !== undefined && { shards }),
  };
};
