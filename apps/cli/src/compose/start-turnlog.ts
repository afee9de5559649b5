// The whole engine in one process, or the part of it that a container runs: database, queue, worker, API.
// Things start in the order in which they need each other and stop in the opposite one.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createApi, listen } from '@turnlog/api';
import type { BulkQueue, Engine } from '@turnlog/core';
import type { Database } from '@turnlog/db';
import { type CountedJobQueue, createBulkQueue, createJobQueue, prepareQueue, type QueueBackend } from '@turnlog/queue';
import type { Logger } from 'pino';
import type { Configuration } from '../configuration/config-file.ts';
import type { ModelDirectory } from '../configuration/models.ts';
import { checkParts, queueMetrics } from './check-parts.ts';
import { composeBulkWork } from './compose-bulk-work.ts';
import { beginSha256, composeEngine, sha256 } from './compose-engine.ts';
import { composeWorker } from './compose-worker.ts';
import { datasetExports } from './dataset-exports.ts';
import { type OpenedDatabase, openDatabase } from './open-database.ts';
import { readToken } from './read-token.ts';

export interface TurnlogOptions {
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly dataDir: string;
  readonly configuration: Configuration;
  readonly models: ModelDirectory;
  readonly secrets: readonly string[];
  /** Steps that this process performs at once. */
  readonly concurrency: number;
  /** Absent: this process has no API. */
  readonly api?: {
    readonly host: string;
    readonly port: number;
    readonly allowedHosts: readonly string[];
    readonly token: string | undefined;
  };
  readonly hasWorker: boolean;
  readonly log: Logger;
  readonly say: (message: string) => void;
  /** Ends a start that waits. */
  readonly signal?: AbortSignal;
}

export interface RunningTurnlog {
  readonly engine: Engine;
  readonly database: Database;
  /** Where the API listens, and the token it asks for. */
  readonly api?: { readonly url: string; readonly token: string };
  /** Ends everything: requests first, then jobs in hand for at most `graceMs`, then connections. Calling it twice is safe. */
  stop(graceMs?: number): Promise<void>;
}

const defaultGraceMs = 10_000;

export const startTurnlog = async (options: TurnlogOptions): Promise<RunningTurnlog> => {
  const ends: ((graceMs: number) => Promise<void>)[] = [];
  const stopAll = async (graceMs: number) => {
    for (const end of ends.splice(0).reverse())
      await end(graceMs).catch((error: unknown) => options.log.error({ err: error }, 'while stopping'));
  };
  try {
    const { url, database, close } = await openDatabase(options);
    ends.push(close);
    const backend = await queueBackend(options.redisUrl, { url, database });
    await prepareQueue(backend);
    const queue = createJobQueue(backend, { onError: (error) => options.log.warn({ err: error }, 'queue') });
    ends.push(() => queue.close());
    const bulkQueue = createBulkQueue(backend, { onError: (error) => options.log.warn({ err: error }, 'queue') });
    ends.push(() => bulkQueue.close());
    const engine = composeEngine(database, queue, options.log);
    if (options.hasWorker) {
      const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
      const worker = await composeWorker({ ...options, workerId, engine, database, queue, backend });
      ends.push((graceMs) => worker.stop(graceMs));
      const bulkWork = await composeBulkWork({ ...options, workerId, engine, database, queue: bulkQueue, backend });
      ends.push(() => bulkWork.stop());
    }
    const api = options.api && (await startApi(options, options.api, { engine, database, queue, bulkQueue }));
    if (api) ends.push(api.stop);
    options.signal?.throwIfAborted();
    return {
      engine,
      database,
      ...(api && { api: { url: api.url, token: api.token } }),
      stop: (graceMs = defaultGraceMs) => stopAll(graceMs),
    };
  } catch (error) {
    await stopAll(0);
    throw error;
  }
};

export const queueBackend = async (
  redisUrl: string | undefined,
  { url, database }: Pick<OpenedDatabase, 'url' | 'database'>,
): Promise<QueueBackend> =>
  redisUrl === undefined ? { kind: 'postgres', url } : { kind: 'redis', url: redisUrl, database: await database.id() };

interface Parts {
  readonly engine: Engine;
  readonly database: Database;
  readonly queue: CountedJobQueue;
  readonly bulkQueue: BulkQueue;
}

const startApi = async (
  { models, configuration, dataDir, secrets, log }: TurnlogOptions,
  { host, port, allowedHosts, token: given }: NonNullable<TurnlogOptions['api']>,
  { engine, database, queue, bulkQueue }: Parts,
) => {
  const token = given ?? (await readToken(dataDir));
  const api = createApi({
    engine,
    store: database.store,
    list: database.list,
    erasure: database.erasure,
    bulk: database.bulk,
    wakeBulk: (id) =>
      void bulkQueue.add([id]).catch((error: unknown) => log.warn({ err: error }, 'bulk work waits for the queue')),
    datasets: database.datasets,
    exports: datasetExports(database, secrets),
    feed: database.feed,
    catalogue: database.catalogue,
    models,
    servers: Object.keys(configuration.servers),
    checks: () => checkParts({ database: () => database.ping(), queue: () => queue.countJobs() }),
    metrics: () => queueMetrics(queue),
    token,
    allowedHosts,
    newId: randomUUID,
    sha256,
    beginSha256,
    log,
  });
  const listening = await listen(api, { host, port });
  return { url: listening.url, token, stop: () => listening.stop() };
};
