// A queue for each worker, beside the common one: jobs that need what only this worker holds. As disposable as the other: a worker
// that is gone leaves its jobs behind, and the reconciler adds them to the common queue again.
import type { Job } from '@turnlog/core';
import { createJobQueue } from './create-job-queue.ts';
import { openQueue } from './open-bullmq.ts';
import type { QueueBackend } from './queue-backend.ts';
import { PRODUCER_DEADLINE_MS, WORKER_QUEUE_IDLE_MS } from './queue-settings.ts';
import { type OnError, reportError } from './report-error.ts';
import { within } from './within.ts';

export interface WorkerQueues {
  /** Adds jobs that only this worker shall take. Rejects when the backend is out of reach. */
  add(worker: string, jobs: readonly Job[]): Promise<void>;
  /** Removes the queue of a worker that is gone, with what waits in it. */
  drop(worker: string): Promise<void>;
  close(): Promise<void>;
}

/** The name of this worker's queue, for its consumer. */
export const workerQueueName = (worker: string): string => `worker-${worker.replaceAll(/[^\w.-]/g, '_')}`;

interface Producer {
  readonly queue: ReturnType<typeof createJobQueue>;
  timer?: NodeJS.Timeout;
}

export const createWorkerQueues = (backend: QueueBackend, options: { readonly onError?: OnError } = {}): WorkerQueues => {
  const { onError = reportError } = options;
  const producers = new Map<string, Producer>();
  const closing = new Set<Promise<void>>();

  const close = (worker: string, { queue, timer }: Producer): void => {
    clearTimeout(timer);
    producers.delete(worker);
    const closed = queue.close().catch(onError);
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  };

  // Each has connections of its own, so those that nobody needs are not kept.
  const producerOf = (worker: string): Producer => {
    const producer = producers.get(worker) ?? { queue: createJobQueue(backend, { name: workerQueueName(worker), onError }) };
    clearTimeout(producer.timer);
    producer.timer = setTimeout(() => close(worker, producer), WORKER_QUEUE_IDLE_MS).unref();
    producers.set(worker, producer);
    return producer;
  };

  const drop = async (worker: string): Promise<void> => {
    const queue = openQueue(backend, workerQueueName(worker));
    queue.on('error', onError);
    try {
      const unreachable = `The queue (${backend.kind}) did not answer within ${PRODUCER_DEADLINE_MS} ms`;
      await within(queue.waitUntilReady(), PRODUCER_DEADLINE_MS, unreachable);
      // What a killed worker had in hand still counts as active.
      await within(queue.obliterate({ force: true }), PRODUCER_DEADLINE_MS, unreachable);
    } finally {
      await queue.close().catch(onError);
    }
  };

  return {
    add: (worker, jobs) => producerOf(worker).queue.add(jobs),
    drop,
    close: async () => {
      for (const [worker, producer] of producers) close(worker, producer);
      await Promise.all(closing);
    },
  };
};
