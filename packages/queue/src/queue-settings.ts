// Every number of the queue, in one table, each with its reason. The queue is disposable and owns no retry: what is due
// stands in the log, and the reconciler adds it again every second.
import type { JobsOptions } from 'bullmq';

/** One queue for all steps: two cost a fifth of the throughput. */
export const STEP_QUEUE = 'steps';

/** Batches, exports and backtests take minutes: no step may wait behind them. */
export const BULK_QUEUE = 'bulk';

/** The Postgres schema of BullMQ's tables; the only one it can find on a pool it did not build itself. */
export const POSTGRES_SCHEMA = 'bullmq';

/** First part of every Redis key; the database's id is the second. */
export const REDIS_PREFIX = 'turnlog';

/** The name of the queue's own Postgres connections in pg_stat_activity. */
export const APPLICATION_NAME = 'turnlog-queue';

// attempts is 1: a rejected attempt leaves the queue, and the reconciler adds it again within a second. A BullMQ backoff
// would be a delayed job (lost work on Postgres: taskforcesh/bullmq#4814), and without one the same fault would be met
// again in the same millisecond. Removal frees the job id, so that the same attempt can be added again.
export const JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const satisfies JobsOptions;

// A killed worker's job is performed again within lockDuration + 2 x stalledInterval (9 s; measured 6 to 8 s): its lock must
// expire first, and a check that comes a moment early is skipped. A live worker renews the lock every half lockDuration,
// however long the attempt takes.
export const LOCK_DURATION_MS = 5_000;
export const STALLED_INTERVAL_MS = 2_000;

// BullMQ fails a job that stalled more often than this without calling us. Losing workers must never do that.
export const MAX_STALLED_COUNT = 1_000_000;

/** A lost wake-up (a dropped LISTEN, a wiped Redis marker) delays a job by this much, no more. */
export const POLL_SECONDS = 1;

/** Pause after a failed claim or start. BullMQ's default is 15 s; with no pause, some Postgres errors spin its loop. */
export const RETRY_PAUSE_MS = 1_000;

/** A producer waits this long for the backend, then rejects: the log already has what is due. */
export const PRODUCER_DEADLINE_MS = 2_000;

/** Bounds a consumer's statement on a connection that died without a word; the slowest (a stalled sweep) takes far less. */
export const CONSUMER_STATEMENT_TIMEOUT_MS = 10_000;

// Claims of one Worker are serial, completions are not; more connections than this only queue for the same CPU.
export const CONSUMER_POOL_SIZE = 4;
export const PRODUCER_POOL_SIZE = 4;

// On Postgres, adding n jobs costs about 0.5 ms each alone, or 5.8 ms (two temporary tables) + 0.06 ms each in bulk.
export const ADD_SINGLY_UP_TO = 12;
export const BULK_SIZE = 500;

// BullMQ Workers of one consumer. On Redis one Worker's fetch loop is the bottleneck of short steps: two took 14 % more turns
// than one, four gained nothing. On Postgres the database is, and a second Worker only adds connections.
export const MAX_WORKERS = { postgres: 1, redis: 2 } as const;
export const CONCURRENCY_OF_ONE_WORKER = 25;

// Nobody reads BullMQ's event stream (its reader can skip events). 256 is the least at which Postgres still trims it; 0 would
// keep it for ever.
export const EVENTS_KEPT = 256;

// A producer of another worker's queue is closed when unused for this long: each holds connections of its own, and there is
// one for every pair of workers.
export const WORKER_QUEUE_IDLE_MS = 10_000;
