// The producer. An add that fails is no loss: the log says what is due, and the reconciler adds it again.
import { type Job, type JobQueue, jobId } from '@turnlog/core';
import { createProducer, type ProducerOptions } from './create-producer.ts';
import type { QueueBackend } from './queue-backend.ts';
import { STEP_QUEUE } from './queue-settings.ts';

/** How many jobs wait, and how many are being performed. */
export interface JobCounts {
  readonly waiting: number;
  readonly active: number;
}

export interface CountedJobQueue extends JobQueue {
  countJobs(): Promise<JobCounts>;
}

export interface JobQueueOptions extends ProducerOptions {
  /** One queue serves all steps; others are for jobs that only some workers may take. */
  readonly name?: string;
}

// BullMQ's name of a job says nothing here: a job is an attempt, told from others by its id.
const entryOf = (job: Job) => ({
  name: 'attempt',
  data: { conversationId: job.conversationId, step: job.step, attempt: job.attempt },
  opts: { jobId: jobId(job) },
});

/** Creates a producer. It connects by itself, also after its backend was away. */
export const createJobQueue = (
  backend: QueueBackend,
  { name = STEP_QUEUE, ...options }: JobQueueOptions = {},
): CountedJobQueue => {
  const producer = createProducer(backend, name, options);
  return { ...producer, add: (jobs) => producer.add(jobs.map(entryOf)) };
};
