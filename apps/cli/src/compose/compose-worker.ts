// Wires a worker: the model client and tool host of the operator's files, jobs from the queue, leases from the database.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Engine, JobQueue } from '@turnlog/core';
import type { Database } from '@turnlog/db';
import { type QueueBackend, startJobConsumer } from '@turnlog/queue';
import { createMcpToolHost, createOpenAiModelClient, startWorker, type Worker } from '@turnlog/worker';
import type { Logger } from 'pino';
import type { Configuration } from '../configuration/config-file.ts';
import type { ModelDirectory } from '../configuration/models.ts';
import { now, sha256 } from './compose-engine.ts';

export interface WorkerOptions {
  readonly engine: Engine;
  readonly database: Database;
  readonly queue: JobQueue;
  readonly backend: QueueBackend;
  readonly configuration: Configuration;
  readonly models: ModelDirectory;
  readonly concurrency: number;
  /** Values that must never reach a log or an event. */
  readonly secrets: readonly string[];
  readonly log: Logger;
}

export const composeWorker = (options: WorkerOptions): Promise<Worker> => {
  const { engine, database, queue, backend, configuration, models, concurrency, log } = options;
  return startWorker({
    workerId: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    engine,
    ledger: database.ledger,
    queue,
    feed: database.feed,
    models: createOpenAiModelClient({ endpoint: models.endpointOf }),
    tools: createMcpToolHost(configuration.servers, { secrets: [...options.secrets], log: (message) => log.warn(message) }),
    catalogue: database.catalogue,
    servers: Object.keys(configuration.servers),
    consume: async (perform) =>
      startJobConsumer(backend, perform, { concurrency, onError: (error) => log.warn({ err: error }, 'queue') }),
    newClaim: randomUUID,
    now,
    sha256,
    log,
  });
};
