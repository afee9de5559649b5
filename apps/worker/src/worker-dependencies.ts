// What the worker is given. It knows no adapter: the composition root wires them.

import type { Engine, Job, JobQueue, LiveFeed, ToolCatalogue, WorkLedger } from '@turnlog/core';
import type { Logger } from 'pino';
import type { ModelClient } from './ports/model-client.ts';
import type { ToolHost } from './ports/tool-host.ts';

export interface WorkerDependencies {
  /** Unique for this process: its lease and its claims carry it. */
  readonly workerId: string;
  readonly engine: Engine;
  readonly ledger: WorkLedger;
  readonly queue: JobQueue;
  readonly feed: LiveFeed;
  readonly models: ModelClient;
  readonly tools: ToolHost;
  readonly catalogue: ToolCatalogue;
  /** The configured MCP servers, listed once at the start for the catalogue. */
  readonly servers: readonly string[];
  /** Starts taking jobs. */
  readonly consume: (perform: (job: Job, signal: AbortSignal) => Promise<void>) => Promise<JobConsumer>;
  readonly newClaim: () => string;
  readonly now: () => string;
  readonly sha256: (text: string) => string;
  readonly log: Logger;
}

export interface JobConsumer {
  stop(graceMs: number): Promise<void>;
}
