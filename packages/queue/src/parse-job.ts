import type { Job } from '@turnlog/core';

const isCount = (value: unknown): value is number => Number.isSafeInteger(value);

/** Reads a job's data as stored. Anything else than ids was not added by us, and is refused. */
export const parseJob = (data: unknown): Job => {
  const { conversationId, step, attempt } = (data ?? {}) as Record<string, unknown>;
  if (typeof conversationId !== 'string' || !isCount(step) || !isCount(attempt)) {
    throw new Error('A job in the queue does not name a conversation, a step and an attempt: was it added by another program?');
  }
  return { conversationId, step, attempt };
};
