// Wires a worker: the model client and tool host of the operator's files, jobs from the queue, leases from the database.

import { randomUUID } from 'node:crypto';
import type { Engine, JobQueue } from '@turnlog/core';
import type { Database } from '@turnlog/db';
import { createWorkerQueues, type QueueBackend, startJobConsumer, workerQueueName } from '@turnlog/queue';
import {
  createMcpSessions,
  createMcpToolHost,
  createOpenAiModelClient,
  createToolSchemas,
  defaultSessionLimits,
  type SessionLimits,
  startWorker,
  type Worker,
} from '@turnlog/worker';
import type { Logger } from 'pino';
import type { Configuration } from '../configuration/config-file.ts';
import type { ModelDirectory } from '../configuration/models.ts';
import { now, sha256 } from './compose-engine.ts';

export interface WorkerOptions {
  readonly workerId: string;
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

export const composeWorker = async (options: WorkerOptions): Promise<Worker> => {
  const { workerId, engine, database, queue, backend, configuration, models, concurrency, log } = options;
  const schemas = createToolSchemas();
  const tools = createMcpToolHost(configuration.servers, {
    schemas,
    secrets: [...options.secrets],
    log: (message) => log.warn(message),
  });
  const onError = (error: Error) => log.warn({ err: error }, 'queue');
  const limits = sessionLimitsOf(configuration.servers);
  const workerQueues = createWorkerQueues(backend, { onError });
  const mcpSessions = createMcpSessions({
    workerId,
    engine,
    ledger: database.mcpSessions,
    holder: tools.sessions,
    limitsOf: (server) => limits.get(server),
    resumableMs: Math.max(0, ...[...limits.values()].map(({ idleMs }) => idleMs)),
    newSessionId: randomUUID,
    elapsedMs: () => performance.now(),
    log,
  });
  const worker = await startWorker({
    workerId,
    engine,
    ledger: database.ledger,
    erasure: database.erasure,
    queue,
    feed: database.feed,
    models: createOpenAiModelClient({ endpoint: models.endpointOf, secrets: options.secrets }),
    tools,
    schemas,
    catalogue: database.catalogue,
    store: database.store,
    servers: Object.keys(configuration.servers),
    consume: async (perform) => {
      const common = startJobConsumer(backend, perform, { concurrency, onError });
      if (limits.size === 0) return common;
      const own = startJobConsumer(backend, perform, { concurrency, onError, name: workerQueueName(workerId) });
      return {
        stop: async (graceMs) => {
          await Promise.all([common.stop(graceMs), own.stop(graceMs)]);
          await workerQueues.drop(workerId).catch(onError);
        },
      };
    },
    ...(limits.size > 0 && { mcpSessions, workerQueues }),
    newClaim: randomUUID,
    now,
    sha256,
    log,
  });
  return { stop: (graceMs) => worker.stop(graceMs).finally(() => workerQueues.close()) };
};

/** Of the servers that have a session for each conversation. */
const sessionLimitsOf = (servers: Configuration['servers']): ReadonlyMap<string, SessionLimits> =>
  new Map(
    Object.entries(servers).flatMap(([name, { scope, sessionIdleMs, sessionLifetimeMs, maxSessions }]) =>
      scope === 'conversation'
        ? [
            [
              name,
              {
                idleMs: sessionIdleMs ?? defaultSessionLimits.idleMs,
                lifetimeMs: sessionLifetimeMs ?? defaultSessionLimits.lifetimeMs,
                maxSessions: maxSessions ?? defaultSessionLimits.maxSessions,
              },
            ] as const,
          ]
        : [],
    ),
  );
