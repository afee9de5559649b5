// What stands in paths, queries and headers: text that becomes values.

import { z } from 'zod';
import 'zod-openapi';

/** What a database can compare and a list can show: no control characters, no halves of a pair. */
export const printable = z
  .string()
  .min(1)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'Must have no control characters.');

/** A place in a conversation that any store can hold. */
const maxVersion = 2_000_000_000;

/** Digits only: an empty text, a sign or `1e3` is no number here. */
export const wholeNumber = ({ min, max = maxVersion }: { readonly min: number; readonly max?: number }) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'Must be a whole number.')
    .transform(Number)
    .pipe(z.number().min(min, `Must be at least ${min}.`).max(max, `Must be at most ${max}.`))
    .meta({
      override: ({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }) => {
        delete jsonSchema.pattern;
        Object.assign(jsonSchema, { type: 'integer', minimum: min, maximum: max });
      },
    });

export const limitParameter = wholeNumber({ min: 1, max: 200 })
  .optional()
  .meta({ description: 'At most so many; 50 if not given.' });
export const defaultLimit = 50;

export const pageParameters = {
  cursor: z.string().min(1).max(500).optional().meta({ description: 'The `nextCursor` of a former answer.' }),
  limit: limitParameter,
};

/** One spelling of an id, so that one conversation is never two in a cache or a queue. */
export const conversationId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  .toLowerCase()
  .meta({ description: 'The id of the conversation.', format: 'uuid' });

export const conversationParams = z.strictObject({ id: conversationId });

export const bulkParams = z.strictObject({
  id: conversationId.meta({ description: 'The id of the batch or export.', format: 'uuid' }),
});

export const callParams = z.strictObject({
  id: conversationId,
  callId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .meta({ description: 'The `callId` of a `waitingFor` entry.' }),
});

export const idempotencyHeaders = z.object({
  'Idempotency-Key': z.string().optional().meta({
    description:
      'Makes a repetition harmless: the same key with the same request is answered as at first, with `Idempotency-Replayed: true`; with another request it is refused (422).',
  }),
});

export const replayedHeader = {
  'Idempotency-Replayed': z
    .literal('true')
    .optional()
    .meta({ description: 'This key was used before: nothing new was written.' }),
};
