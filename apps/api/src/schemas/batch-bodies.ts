// What clients may ask of batches.

import { approvalSchema, batchBudgetSchema, graderSchema } from '@turnlog/core';
import { z } from 'zod';
import 'zod-openapi';
import { limitsBody, metadata, params, tags, text } from './request-bodies.ts';

const maxPrompts = 100_000;
const maxSamples = 1_000;
const maxModels = 20;
const maxConcurrency = 200;
export const defaultConcurrency = 8;

const graders = z.array(graderSchema.meta({ id: 'Grader' })).max(20);

const prompt = z
  .union([
    text.transform((input) => ({ input })),
    z.strictObject({
      input: text,
      systemPrompt: text.optional(),
      tags: tags.optional(),
      metadata: metadata.optional(),
      expected: z.string().optional().meta({ description: 'What graders compare the answer with.' }),
      graders: graders.optional().meta({ description: 'Besides those of the batch.' }),
    }),
  ])
  .meta({ id: 'BatchPrompt', description: 'What the user says; as an object, with more about it.' });

export const batchBudgetBody = batchBudgetSchema.meta({
  id: 'BatchBudget',
  description: 'Once it is spent, no further conversation is begun and the batch is `paused`; those in flight end.',
});

export const createBatchBody = z
  .strictObject({
    prompts: z.array(prompt).min(1).max(maxPrompts),
    samples: z
      .number()
      .int()
      .min(1)
      .max(maxSamples)
      .optional()
      .meta({ description: 'Of each prompt with each model; 1 if not given.' }),
    models: z
      .array(text)
      .min(1)
      .max(maxModels)
      .optional()
      .meta({ description: 'Names of GET /models; the default model if not given.' }),
    systemPrompt: text.optional().meta({ description: 'For prompts that have none of their own.' }),
    servers: z.array(text).optional().meta({ description: 'Names of configured MCP servers; all of them if not given.' }),
    approval: approvalSchema.optional(),
    limits: limitsBody.optional(),
    truncate: z.number().int().positive().optional(),
    params: params.optional(),
    metadata: metadata.optional(),
    tags: tags.optional().meta({ description: 'Besides `batch:<id>`, which all its conversations have.' }),
    graders: graders.optional().meta({ description: 'Judge every conversation that is completed, by feedback.' }),
    budget: batchBudgetBody.optional(),
    concurrency: z
      .number()
      .int()
      .min(1)
      .max(maxConcurrency)
      .optional()
      .meta({ description: `Conversations in flight at once; ${defaultConcurrency} if not given.` }),
  })
  .meta({ id: 'CreateBatch' });

export const resumeBatchBody = z
  .strictObject({ budget: batchBudgetBody.optional().meta({ description: 'In place of the one it has; `{}` is none.' }) })
  .meta({ id: 'ResumeBatch' });
