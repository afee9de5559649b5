// The engine as `npm start` wires it, with the no-op outside in place of models and MCP servers.

import { createHash, randomUUID } from 'node:crypto';
import { createEngine, type Engine } from '@turnlog/core';
import { createDatabase, type Database } from '@turnlog/db';
import { createJobQueue, prepareQueue, type QueueBackend, startJobConsumer } from '@turnlog/queue';
import { createToolSchemas, startWorker } from '@turnlog/worker';
import { pino } from 'pino';
import { noOpModel, noOpTools } from './no-op-outside.ts';

export interface BenchEngine {
  readonly engine: Engine;
  readonly database: Database;
  stop(): Promise<void>;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const now = () => new Date().toISOString();
const log = pino({ level: process.env.LOG_LEVEL ?? 'error' }, pino.destination(2));

export const startBenchEngine = async (url: string, backend: QueueBackend): Promise<BenchEngine> => {
  await prepareQueue(backend);
  const database = createDatabase(url);
  const queue = createJobQueue(backend);
  const engine = createEngine({
    store: database.store,
    now,
    sha256,
    dispatch: (jobs) => (jobs.length === 0 ? Promise.resolve() : queue.add(jobs)),
    announce: (conversationId, version) => database.feed.publish({ type: 'version', conversationId, version }),
  });
  const worker = await startWorker({
    workerId: `bench-${randomUUID()}`,
    engine,
    ledger: database.ledger,
    erasure: database.erasure,
    queue,
    feed: database.feed,
    models: noOpModel,
    tools: noOpTools,
    schemas: createToolSchemas(),
    catalogue: database.catalogue,
    store: database.store,
    servers: [],
    consume: async (perform) => startJobConsumer(backend, perform, { concurrency: 100 }),
    newClaim: randomUUID,
    now,
    sha256,
    log,
  });
  return {
    engine,
    database,
    stop: async () => {
      await worker.stop(5_000);
      await queue.close();
      await database.close();
    },
  };
};
