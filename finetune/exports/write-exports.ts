// What `finetune/check.py` reads: the same conversations in every format with columns, as JSONL and as Parquet.

import { join } from 'node:path';
import { columnFormats, createRedactor, defaultRowOptions } from '@turnlog/datasets';
import { buildOf } from '../../packages/datasets/src/testing/a-build.ts';
import { exampleFamilies, mixedFamilies } from './example-families.ts';

const redactor = createRedactor({ secrets: [], key: 'of the check' });
const forOldReaders = { ...defaultRowOptions, compat: 'strings' } as const;

export const writeExports = async (folder: string): Promise<void> => {
  const examples = exampleFamilies();
  const mixed = mixedFamilies();
  for (const as of ['jsonl', 'parquet'] as const) {
    for (const format of columnFormats) await buildOf(examples, { out: join(folder, as), format, as, redactor });
    await buildOf(mixed, { out: join(folder, 'mixed', as), as, redactor });
    await buildOf(examples, { out: join(folder, 'strings', as), as, redactor, rows: forOldReaders });
  }
};
