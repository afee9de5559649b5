// What a backtest is asked for, as it is stored: which conversations, up to where, and whom to ask.

import { z } from 'zod';
import { modelSettingsSchema } from '../conversation/settings.ts';

/** Checked before a call is made: those in flight end. */
export const backtestBudgetSchema = z.strictObject({
  maxCalls: z.number().int().positive().optional(),
  maxTokens: z.number().int().positive().optional(),
  maxCost: z.number().positive().optional(),
});
export type BacktestBudget = z.infer<typeof backtestBudgetSchema>;

export const backtestRequestSchema = z.object({
  conversations: z.array(
    z.object({
      id: z.string(),
      /** The last version that counts. */
      through: z.number().int(),
      /** Versions up to this one were recorded by a parent, which is asked itself. */
      inherited: z.number().int(),
    }),
  ),
  models: z.array(
    z.object({
      settings: modelSettingsSchema,
      /** A hash of where it is reached: a worker that reaches another server by this name leaves it alone. */
      endpoint: z.string(),
    }),
  ),
  budget: backtestBudgetSchema.optional(),
  concurrency: z.number().int().positive(),
});
export type BacktestRequest = z.infer<typeof backtestRequestSchema>;

export interface AboutBacktest {
  readonly conversations: number;
  readonly models: readonly string[];
  readonly budget?: BacktestBudget;
}
