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

/** The same of a job of the other queue, which names bulk work. */
export const parseBulkWork = (data: unknown): string => {
  const { id } = (data ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string') throw new Error('A job in the queue of bulk work names none: was it added by another program?');
  return id;
};
