// What is answered about batches.

import { z } from 'zod';
import 'zod-openapi';
import { time } from './answers.ts';
import { batchBudgetBody } from './batch-bodies.ts';

export const bulkPhase = z
  .enum(['queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled'])
  .meta({ id: 'BulkPhase', description: '`waiting`: all that is left waits for people. `paused`: the budget is spent.' });

const count = z.number().int().nonnegative();
const outcome = z.enum(['completed', 'failed', 'cancelled', 'rolled_back', 'erased', 'refused']);

const totals = {
  ended: count,
  outcomes: z.partialRecord(outcome, count).meta({ description: 'How the first turns ended; `refused`: could not be begun.' }),
  usage: z.strictObject({ promptTokens: count, completionTokens: count, cost: z.number() }),
  rewards: z.array(z.strictObject({ grader: z.string(), graded: count, mean: z.number() })),
};

export const batchAnswer = z
  .strictObject({
    id: z.string(),
    phase: bulkPhase,
    prompts: count,
    samples: count,
    models: z.array(z.string()),
    concurrency: count,
    size: count.meta({ description: 'Conversations in all: prompts × samples × models.' }),
    tag: z.string().meta({ description: 'What all its conversations are tagged with: for lists and exports.' }),
    budget: batchBudgetBody.optional(),
    begun: count,
    open: count.meta({ description: 'In flight.' }),
    waiting: count.meta({ description: 'Open ones that wait for a decision, or for a raised limit.' }),
    ...totals,
    byModel: z.array(z.strictObject({ model: z.string(), ...totals })),
    failure: z.string().optional(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Batch' });

export const batchesAnswer = z.strictObject({ items: z.array(batchAnswer), nextCursor: z.string().nullable() });

export const bulkAccepted = z.strictObject({ id: z.string(), phase: bulkPhase });

export const batchItemsAnswer = z.strictObject({
  items: z.array(
    z
      .strictObject({
        conversation: z.string(),
        prompt: count.meta({ description: 'Its place among the prompts, from 0.' }),
        model: z.string(),
        sample: count,
        outcome,
        promptTokens: count,
        completionTokens: count,
        cost: z.number(),
        rewards: z.record(z.string(), z.number()),
        reason: z.string().optional(),
      })
      .meta({ id: 'BatchConversation' }),
  ),
  nextCursor: z.string().nullable(),
});
