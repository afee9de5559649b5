// What a batch is asked for, as it is stored: names are resolved, so that an operator's later change does not split it.

import { z } from 'zod';
import { approvalSchema, limitsSchema, modelSettingsSchema } from '../conversation/settings.ts';
import { graderSchema } from './grader.ts';

/** What a batch may spend. Checked before a conversation is started: those in flight end. */
export const batchBudgetSchema = z.strictObject({
  maxConversations: z.number().int().positive().optional(),
  /** Prompt and completion tokens of all its conversations. */
  maxTokens: z.number().int().positive().optional(),
  /** In the currency of the models' prices. */
  maxCost: z.number().positive().optional(),
});
export type BatchBudget = z.infer<typeof batchBudgetSchema>;

export const batchPromptSchema = z.strictObject({
  input: z.string(),
  systemPrompt: z.string().optional(),
  tags: z.array(z.string()).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  /** What graders compare with. */
  expected: z.string().optional(),
  /** Besides those of the batch. */
  graders: z.array(graderSchema).optional(),
});
export type BatchPrompt = z.infer<typeof batchPromptSchema>;

export const batchRequestSchema = z.object({
  prompts: z.array(batchPromptSchema),
  samples: z.number().int().positive(),
  models: z.array(z.object({ settings: modelSettingsSchema, limits: limitsSchema })),
  systemPrompt: z.string().optional(),
  servers: z.array(z.string()),
  approval: approvalSchema.optional(),
  truncate: z.number().int().positive().optional(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.unknown()),
  graders: z.array(graderSchema),
  budget: batchBudgetSchema.optional(),
  /** Conversations in flight at once; those that wait for people do not count. */
  concurrency: z.number().int().positive(),
});
export type BatchRequest = z.infer<typeof batchRequestSchema>;
