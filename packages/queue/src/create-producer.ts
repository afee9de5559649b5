// What adds to any of our queues, and counts what is in it.
import type { JobCounts } from './create-job-queue.ts';
import { type OpenQueue, openQueue } from './open-bullmq.ts';
import type { QueueBackend } from './queue-backend.ts';
import { ADD_SINGLY_UP_TO, BULK_SIZE, PRODUCER_DEADLINE_MS } from './queue-settings.ts';
import { type OnError, reportError } from './report-error.ts';
import { within } from './within.ts';

export interface ProducerOptions {
  readonly onError?: OnError;
}

/** `jobId` tells a job from others: adding it again while it waits or is performed adds nothing. */
export interface QueueEntry {
  readonly name: string;
  readonly data: unknown;
  readonly opts: { readonly jobId: string };
}

export interface Producer {
  /** Rejects when the backend is out of reach. */
  add(entries: readonly QueueEntry[]): Promise<void>;
  countJobs(): Promise<JobCounts>;
  close(): Promise<void>;
}

const batchesOf = (entries: readonly QueueEntry[]): (readonly QueueEntry[])[] =>
  Array.from({ length: Math.ceil(entries.length / BULK_SIZE) }, (_, i) => entries.slice(i * BULK_SIZE, (i + 1) * BULK_SIZE));

const addBatch = (queue: OpenQueue, entries: readonly QueueEntry[]): Promise<unknown> => {
  if (entries.length > ADD_SINGLY_UP_TO) return queue.addBulk([...entries]);
  return Promise.all(entries.map(({ name, data, opts }) => queue.add(name, data, opts)));
};

/** It connects by itself, also after its backend was away. */
export const createProducer = (
  backend: QueueBackend,
  name: string,
  { onError = reportError }: ProducerOptions = {},
): Producer => {
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
    add: async (entries) => {
      for (const batch of batchesOf(entries)) {
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
