// Wires what carries on batches, exports and backtests, beside the worker whose lease it lives on.

import { randomUUID } from 'node:crypto';
import { uuidV5 } from '@turnlog/api';
import type { BulkQueue, Engine } from '@turnlog/core';
import type { Database } from '@turnlog/db';
import { type QueueBackend, startBulkConsumer } from '@turnlog/queue';
import { type BulkWorker, createBatchPerformer, startBulkWork } from '@turnlog/worker';
import type { Logger } from 'pino';
import type { ModelDirectory } from '../configuration/models.ts';
import { composeBacktestPerformer } from './compose-backtest.ts';
import { createExportPerformer } from './perform-export.ts';

/** NEVER CHANGE: the ids of all conversations of batches follow from it. */
const batchNamespace = 'c2b0a5d6-7e41-5f63-9d0a-3b8f1e6c4a72';
/** Each takes its turn for seconds, so a few at once are enough for many. */
const concurrency = 8;

export interface BulkWorkOptions {
  readonly workerId: string;
  readonly engine: Engine;
  readonly database: Database;
  readonly queue: BulkQueue;
  readonly backend: QueueBackend;
  readonly dataDir: string;
  readonly models: ModelDirectory;
  readonly secrets: readonly string[];
  readonly log: Logger;
}

export const composeBulkWork = (options: BulkWorkOptions): Promise<BulkWorker> => {
  const { workerId, engine, database, queue, backend, log } = options;
  return startBulkWork({
    workerId,
    bulk: database.bulk,
    queue,
    performers: {
      batch: createBatchPerformer({
        engine,
        list: database.list,
        feed: database.feed,
        conversationIdOf: (name) => uuidV5(batchNamespace, name),
        elapsedMs: () => performance.now(),
        log,
      }),
      export: createExportPerformer(options),
      backtest: composeBacktestPerformer(options),
    },
    consume: (perform) =>
      startBulkConsumer(backend, perform, { concurrency, onError: (error) => log.warn({ err: error }, 'queue') }),
    newClaim: randomUUID,
    log,
  });
};
