// The one binding to BullMQ: the same Queue and Worker over either backend.
import { Queue, Worker } from 'bullmq';
import { createEndingRedisBackend } from './ending-redis-backend.ts';
import { createPollingPostgresBackend } from './polling-postgres-backend.ts';
import { consumerPostgres, producerPostgres } from './postgres-access.ts';
import { type QueueBackend, redisPrefix } from './queue-backend.ts';
import {
  EVENTS_KEPT,
  JOB_OPTIONS,
  LOCK_DURATION_MS,
  MAX_STALLED_COUNT,
  POLL_SECONDS,
  RETRY_PAUSE_MS,
  STALLED_INTERVAL_MS,
} from './queue-settings.ts';
import { consumerRedis, producerRedis } from './redis-access.ts';

const queueOptions = {
  defaultJobOptions: JOB_OPTIONS,
  streams: { events: { maxLen: EVENTS_KEPT } },
} as const;

export const openQueue = (backend: QueueBackend, name: string) =>
  backend.kind === 'postgres'
    ? new Queue(name, { ...queueOptions, connection: producerPostgres(backend.url) }, createPollingPostgresBackend)
    : new Queue(
        name,
        { ...queueOptions, prefix: redisPrefix(backend), connection: producerRedis(backend.url) },
        createEndingRedisBackend(redisPrefix(backend)),
      );

export type OpenQueue = ReturnType<typeof openQueue>;

const workerOptions = {
  autorun: false,
  lockDuration: LOCK_DURATION_MS,
  stalledInterval: STALLED_INTERVAL_MS,
  maxStalledCount: MAX_STALLED_COUNT,
  drainDelay: POLL_SECONDS,
  runRetryDelay: RETRY_PAUSE_MS,
} as const;

/** What a Worker does with a job's data. */
export type Process = (data: unknown) => Promise<void>;

export const openWorker = (backend: QueueBackend, name: string, process: Process, concurrency: number) => {
  const processor = (job: { readonly data: unknown }) => process(job.data);
  const options = { ...workerOptions, concurrency };
  return backend.kind === 'postgres'
    ? new Worker(name, processor, { ...options, connection: consumerPostgres(backend.url) }, createPollingPostgresBackend)
    : new Worker(
        name,
        processor,
        { ...options, prefix: redisPrefix(backend), connection: consumerRedis(backend.url) },
        createEndingRedisBackend(redisPrefix(backend)),
      );
};

export type OpenWorker = ReturnType<typeof openWorker>;
