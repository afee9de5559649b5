// A worker over the in-memory log and a queue that a test can lose: real engine, real ledger, scripted outside.

import { createHash, randomUUID } from 'node:crypto';
import {
  createEngine,
  createInMemoryEventStore,
  createInMemoryWorkLedger,
  defaultLimits,
  type Engine,
  type Job,
  jobId,
  type LiveMessage,
  type Tool,
} from '@turnlog/core';
import { pino } from 'pino';
import { createActiveAttempts } from '../active-attempts.ts';
import { createToolSchemas } from '../mcp/tool-schemas.ts';
import { createPerformer } from '../perform-attempt.ts';
import type { ModelClient } from '../ports/model-client.ts';
import type { ToolHost } from '../ports/tool-host.ts';
import { createReconciler } from '../reconcile.ts';
import type { WorkerDependencies } from '../worker-dependencies.ts';

export interface Outside {
  readonly models: ModelClient;
  readonly tools: ToolHost;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const tool = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  server: 'desk',
  tool: name,
  inputSchema: { type: 'object' },
  trusted: false,
  digest: sha256(name),
  ...more,
});

export const createWorkerStory = (outside: Outside) => {
  let time = Date.parse('2026-01-01T00:00:00.000Z');
  const now = () => new Date(time).toISOString();
  const store = createInMemoryEventStore();
  const ledger = createInMemoryWorkLedger(store, now);
  const queue = new Map<string, Job>();
  const published: LiveMessage[] = [];
  const add = (jobs: readonly Job[]) => {
    for (const job of jobs) queue.set(jobId(job), job);
  };
  let hint: (conversationId: string, version: number) => void = () => {};
  const engine: Engine = createEngine({
    store,
    now,
    sha256,
    dispatch: async (jobs) => add(jobs),
    announce: (conversationId, version) => hint(conversationId, version),
  });
  const worker = (workerId: string, more: Partial<WorkerDependencies> = {}) => {
    const active = createActiveAttempts();
    const dependencies: WorkerDependencies = {
      workerId,
      engine,
      ledger,
      erasure: store,
      queue: { add: async (jobs) => add(jobs), close: async () => {} },
      feed: {
        publish: (message) => void published.push(message),
        subscribe: () => () => {},
        subscribeToVersions: (listener) => {
          hint = listener;
          return () => {};
        },
        close: async () => {},
      },
      ...outside,
      schemas: createToolSchemas(),
      store,
      catalogue: { put: async () => {}, all: async () => [] },
      servers: [],
      consume: async () => ({ stop: async () => {} }),
      newClaim: randomUUID,
      now,
      sha256,
      log: pino({ level: 'silent' }),
      ...more,
    };
    return {
      active,
      dependencies,
      perform: createPerformer(dependencies, active),
      tick: createReconciler(dependencies, active).tick,
    };
  };
  const conversationId = randomUUID();
  return {
    conversationId,
    engine,
    ledger,
    now,
    queue,
    published,
    worker,
    pass: (ms: number) => {
      time += ms;
    },
    start: (servers: readonly string[] = ['desk']) =>
      engine.handle(
        {
          type: 'StartConversation',
          input: 'go',
          settings: {
            model: {
              name: 'm',
              model: 'm',
              params: {},
              profile: {
                sendReasoning: 'none',
                sendReasoningOf: 'turn',
                emptyContent: 'empty',
                streamUsage: true,
                splitThink: true,
              },
            },
            servers: [...servers],
            limits: defaultLimits,
            metadata: {},
            tags: [],
          },
        },
        { conversationId, commandId: randomUUID() },
      ),
    events: async () => (await store.read(conversationId)).map(({ type, data }) => ({ type, data })),
    types: async () => (await store.read(conversationId)).map(({ type }) => type),
    /** Takes the next job out of the queue. */
    take: (): Job => {
      const [next] = queue;
      if (next === undefined) throw new Error('No job waits.');
      queue.delete(next[0]);
      return next[1];
    },
  };
};

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

/** A promise that a test settles. */
export const deferred = <T>() => {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};
