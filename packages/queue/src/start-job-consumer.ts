// The consumer. It may hand out a job twice (a lost worker, a lost backend); the log decides which one performs it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Job } from '@turnlog/core';
import { keepWorker } from './keep-worker.ts';
import { openWorker } from './open-bullmq.ts';
import { parseBulkWork, parseJob } from './parse-job.ts';
import type { QueueBackend } from './queue-backend.ts';
import { BULK_QUEUE, CONCURRENCY_OF_ONE_WORKER, MAX_WORKERS, STEP_QUEUE } from './queue-settings.ts';
import { type OnError, reportError } from './report-error.ts';

/** Carries out one attempt. A rejection is a fault of the infrastructure: the job leaves the queue, the log has it still. */
export type PerformJob = (job: Job, signal: AbortSignal) => Promise<void>;

export interface JobConsumer {
  /** Takes no more jobs, gives those in hand `graceMs` to end, then aborts their signal; resolves when all have ended. */
  stop(graceMs: number): Promise<void>;
}

export interface JobConsumerOptions {
  /** At most so many jobs in hand at once. */
  readonly concurrency: number;
  readonly name?: string;
  readonly onError?: OnError;
}

/** Splits the jobs in hand over as many BullMQ Workers as pay off. */
const workerShares = (kind: QueueBackend['kind'], concurrency: number): readonly number[] => {
  const workers = Math.max(1, Math.min(MAX_WORKERS[kind], Math.floor(concurrency / CONCURRENCY_OF_ONE_WORKER)));
  return Array.from({ length: workers }, (_, i) => Math.floor((concurrency + i) / workers));
};

/** Starts taking jobs as soon as the backend is in reach, and again whenever it comes back. */
export const startJobConsumer = (backend: QueueBackend, perform: PerformJob, options: JobConsumerOptions): JobConsumer =>
  startConsumer(backend, (data, signal) => perform(parseJob(data), signal), { name: STEP_QUEUE, ...options });

/** Carries on bulk work, by its id. */
export type PerformBulkWork = (id: string, signal: AbortSignal) => Promise<void>;

/** The same for the queue of bulk work. */
export const startBulkConsumer = (backend: QueueBackend, perform: PerformBulkWork, options: JobConsumerOptions): JobConsumer =>
  startConsumer(backend, (data, signal) => perform(parseBulkWork(data), signal), { name: BULK_QUEUE, ...options });

type Perform = (data: unknown, signal: AbortSignal) => Promise<void>;

const startConsumer = (
  backend: QueueBackend,
  perform: Perform,
  { concurrency, name, onError = reportError }: JobConsumerOptions & { readonly name: string },
): JobConsumer => {
  const inHand = new Set<AbortController>();
  let isOutOfTime = false;

  const process = async (data: unknown): Promise<void> => {
    const controller = new AbortController();
    // A claim may still have been on its way when the grace ended.
    if (isOutOfTime) controller.abort();
    inHand.add(controller);
    try {
      await perform(data, controller.signal);
    } catch (cause) {
      // Wrapped, because BullMQ gives a meaning of its own to some names and messages of errors.
      const error = new Error(`A job could not be performed: ${cause instanceof Error ? cause.message : cause}`, { cause });
      if (!controller.signal.aborted) onError(error);
      throw error;
    } finally {
      inHand.delete(controller);
    }
  };

  const workers = workerShares(backend.kind, concurrency).map((share) =>
    keepWorker(() => openWorker(backend, name, process, share), onError),
  );

  const stop = async (graceMs: number): Promise<void> => {
    const ended = new AbortController();
    const closing = Promise.all(workers.map((worker) => worker.close())).then(() => ended.abort());
    await pause(graceMs, undefined, { signal: ended.signal }).catch(() => undefined);
    isOutOfTime = true;
    for (const controller of inHand) controller.abort();
    await closing;
  };

  let stopped: Promise<void> | undefined;
  return {
    stop: (graceMs) => {
      stopped ??= stop(graceMs);
      return stopped;
    },
  };
};
