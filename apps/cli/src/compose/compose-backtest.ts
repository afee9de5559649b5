// Wires backtests: in every worker, and alone in the command that asks for one, which performs nothing else.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '@turnlog/db';
import { createBulkQueue, prepareQueue, type QueueBackend, startBulkConsumer } from '@turnlog/queue';
import { type BulkPerformer, createBacktestPerformer, createOpenAiModelClient, startBulkWork } from '@turnlog/worker';
import type { Logger } from 'pino';
import type { ModelDirectory } from '../configuration/models.ts';
import { now, sha256 } from './compose-engine.ts';

export interface BacktestOptions {
  readonly database: Database;
  readonly models: ModelDirectory;
  readonly secrets: readonly string[];
}

/** Undefined where the model is not reached from here. */
export const endpointHash = (models: ModelDirectory, name: string): string | undefined => {
  const baseUrl = models.endpointOf(name)?.baseUrl;
  return baseUrl === undefined ? undefined : sha256(baseUrl);
};

export const composeBacktestPerformer = ({ database, models, secrets }: BacktestOptions): BulkPerformer =>
  createBacktestPerformer({
    store: database.store,
    models: createOpenAiModelClient({ endpoint: models.endpointOf, secrets }),
    endpointHash: (name) => endpointHash(models, name),
    itemsOf: (id, after, limit) => database.bulk.items(id, { after, limit }),
    elapsedMs: () => performance.now(),
    now,
  });

/** No step of a conversation is performed by it: asking about the past must not go on with the present. */
export const startBacktests = async (
  options: BacktestOptions & { readonly backend: QueueBackend; readonly log: Logger },
): Promise<{ readonly wake: (id: string) => Promise<void>; readonly stop: () => Promise<void> }> => {
  const { database, backend, log } = options;
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const onError = (error: Error) => log.warn({ err: error }, 'queue');
  await prepareQueue(backend);
  const queue = createBulkQueue(backend, { onError });
  const worker = await startBulkWork({
    workerId,
    keepLease: async () => void (await database.ledger.renewLease(workerId, leaseMs)),
    bulk: database.bulk,
    queue,
    performers: { backtest: composeBacktestPerformer(options) },
    consume: (perform) => startBulkConsumer(backend, perform, { concurrency: 2, onError }),
    newClaim: randomUUID,
    log,
  });
  return {
    wake: (id) => queue.add([id]).catch(onError),
    stop: async () => {
      await worker.stop();
      await queue.close();
      await database.ledger.endLease(workerId).catch(onError);
    },
  };
};

/** As long as a worker's own. */
const leaseMs = 6_000;
