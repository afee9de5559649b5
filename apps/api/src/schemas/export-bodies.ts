// What is asked of exports, and what is answered.

import { type ExportFormat, exportFiltersSchema, exportOptionsSchema } from '@turnlog/core';
import { z } from 'zod';
import 'zod-openapi';
import { time } from './answers.ts';
import { bulkPhase } from './batch-answers.ts';

const filters = exportFiltersSchema.meta({
  id: 'ExportFilters',
  description: 'Which conversations: those that match every field. All of them without any.',
});
const options = exportOptionsSchema.meta({ id: 'ExportOptions', description: 'The flags of `npm run export-traces`.' });

export const formatName = (formats: readonly ExportFormat[]) => {
  const [first = '', ...others] = formats.map(({ name }) => name);
  return z.enum([first, ...others], `There is no such format. Known: ${[first, ...others].join(', ')}.`);
};

export const createExportBody = (formats: readonly ExportFormat[]) =>
  z
    .strictObject({
      format: formatName(formats),
      as: z.enum(['jsonl', 'parquet'], 'Must be jsonl or parquet.').optional().meta({ description: '`jsonl` if not given.' }),
      filters: filters.optional(),
      options: options.optional(),
    })
    .superRefine(({ format, as }, context) => {
      const tables = formats.filter(({ hasParquet }) => hasParquet).map(({ name }) => name);
      if (as === 'parquet' && !tables.includes(format))
        context.addIssue({
          code: 'custom',
          path: ['as'],
          message: `${format} is not written as Parquet; ${tables.join(', ')} are.`,
        });
    })
    .meta({ id: 'CreateExport' });

const count = z.number().int().nonnegative();

export const exportAnswer = z
  .strictObject({
    id: z.string(),
    phase: bulkPhase,
    format: z.string(),
    as: z.string().optional(),
    filters: exportFiltersSchema,
    options: exportOptionsSchema,
    progress: z.strictObject({ done: count, of: count }).optional().meta({ description: 'Fork families.' }),
    folder: z.string().optional().meta({ description: 'On the machine of the worker that wrote it.' }),
    rows: count.optional(),
    conversations: count.optional(),
    excluded: z.record(z.string(), count).optional().meta({ description: 'What was left out, by reason.' }),
    through: z
      .strictObject({ transactionId: z.string(), position: z.string() })
      .optional()
      .meta({ description: 'How far the log was read.' }),
    secrets: count.optional().meta({ description: 'Places in which a secret was found; `secrets.json` lists them for review.' }),
    files: z
      .array(
        z.strictObject({
          path: z.string(),
          bytes: count,
          split: z.string().optional(),
          rows: count.optional(),
          sha256: z.string().optional(),
        }),
      )
      .optional()
      .meta({ description: 'Read one with `GET /exports/:id/file?path=`.' }),
    moreFiles: count.optional().meta({ description: 'Files besides these; `manifest.json` names all.' }),
    failure: z.string().optional(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Export' });

export const exportsAnswer = z.strictObject({ items: z.array(exportAnswer), nextCursor: z.string().nullable() });
