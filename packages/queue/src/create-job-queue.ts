// The producer. An add that fails is no loss: the log says what is due, and the reconciler adds it again.
import { type Job, type JobQueue, jobId } from '@turnlog/core';
import { type OpenQueue, openQueue } from './open-bullmq.ts';
import type { QueueBackend } from './queue-backend.ts';
import { ADD_SINGLY_UP_TO, BULK_SIZE, PRODUCER_DEADLINE_MS, STEP_QUEUE } from './queue-settings.ts';
import { type OnError, reportError } from './report-error.ts';
import { within } from './within.ts';

/** How many jobs wait, and how many are being performed. */
export interface JobCounts {
  readonly waiting: number;
  readonly active: number;
}

export interface CountedJobQueue extends JobQueue {
  countJobs(): Promise<JobCounts>;
}

export interface JobQueueOptions {
  /** One queue serves all steps; others are for jobs that only some workers may take. */
  readonly name?: string;
  readonly onError?: OnError;
}

// BullMQ's name of a job says nothing here: a job is an attempt, told from others by its id.
const entryOf = (job: Job) => ({
  name: 'attempt',
  data: { conversationId: job.conversationId, step: job.step, attempt: job.attempt },
  opts: { jobId: jobId(job) },
});

const batchesOf = (jobs: readonly Job[]): (readonly Job[])[] =>
  Array.from({ length: Math.ceil(jobs.length / BULK_SIZE) }, (_, i) => jobs.slice(i * BULK_SIZE, (i + 1) * BULK_SIZE));

const addBatch = (queue: OpenQueue, jobs: readonly Job[]): Promise<unknown> => {
  const entries = jobs.map(entryOf);
  if (entries.length > ADD_SINGLY_UP_TO) return queue.addBulk(entries);
  return Promise.all(entries.map(({ name, data, opts }) => queue.add(name, data, opts)));
};

/** Creates a producer. It connects by itself, also after its backend was away. */
export const createJobQueue = (backend: QueueBackend, options: JobQueueOptions = {}): CountedJobQueue => {
  const { name = STEP_QUEUE, onError = reportError } = options;
  const unreachable = `The queue (${backend.kind}) did not answer within ${PRODUCER_DEADLINE_MS} ms`;
  let current: OpenQueue | undefined;
  let closed = false;

  // BullMQ's Postgres connection remembers a failed start for ever, so a queue that could not start is replaced.
  const open = (): OpenQueue => {
    const queue = openQueue(backend, name);
    queue.on('error', onError);
    queue.waitUntilReady().catch(() => {
      if (current === queue) current = undefined;
      queue.close().catch(onError);
    });
    return queue;
  };

  // Nothing is handed to BullMQ before it is ready: it would keep what is added meanwhile, without bound.
  const ready = async (): Promise<OpenQueue> => {
    if (closed) throw new Error('This queue is closed');
    current ??= open();
    const queue = current;
    await within(queue.waitUntilReady(), PRODUCER_DEADLINE_MS, unreachable);
    return queue;
  };

  return {
    add: async (jobs) => {
      for (const batch of batchesOf(jobs)) {
        await within(addBatch(await ready(), batch), PRODUCER_DEADLINE_MS, unreachable);
      }
    },
    countJobs: async () => {
      const queue = await ready();
      const counts = await within(queue.getJobCounts('waiting', 'active'), PRODUCER_DEADLINE_MS, unreachable);
      return { waiting: counts.waiting ?? 0, active: counts.active ?? 0 };
    },
    close: async () => {
      closed = true;
      await current?.close();
    },
  };
};
