// What the worker is given. It knows no adapter: the composition root wires them.

import type { Engine, Erasure, EventStore, Job, JobQueue, LiveFeed, ToolCatalogue, WorkLedger } from '@turnlog/core';
import type { Logger } from 'pino';
import type { ToolSchemas } from './mcp/tool-schemas.ts';
import type { ModelClient } from './ports/model-client.ts';
import type { ToolHost } from './ports/tool-host.ts';
import type { McpSessions } from './sessions/mcp-sessions.ts';

export interface WorkerDependencies {
  /** Unique for this process: its lease and its claims carry it. */
  readonly workerId: string;
  readonly engine: Engine;
  readonly ledger: WorkLedger;
  /** For erasures that whoever asked for them could not finish. */
  readonly erasure: Erasure;
  readonly queue: JobQueue;
  readonly feed: LiveFeed;
  readonly models: ModelClient;
  readonly tools: ToolHost;
  readonly schemas: ToolSchemas;
  /** Absent where no server has a session for each conversation. */
  readonly mcpSessions?: McpSessions;
  /** The queues of single workers: for calls that must be made where their session is. */
  readonly workerQueues?: WorkerQueues;
  readonly catalogue: ToolCatalogue;
  /** Where replays find what they perform again. */
  readonly store: Pick<EventStore, 'read'>;
  /** The configured MCP servers, listed once at the start for the catalogue. */
  readonly servers: readonly string[];
  /** Starts taking jobs. */
  readonly consume: (perform: (job: Job, signal: AbortSignal) => Promise<void>) => Promise<JobConsumer>;
  readonly newClaim: () => string;
  /** Milliseconds in which a question of a server must be answered; else it is dismissed. A day if absent. */
  readonly answerWithin?: number;
  readonly now: () => string;
  readonly sha256: (text: string) => string;
  readonly log: Logger;
}

export interface WorkerQueues {
  add(worker: string, jobs: readonly Job[]): Promise<void>;
  /** Removes the queue of a worker that is gone. */
  drop(worker: string): Promise<void>;
}

export interface JobConsumer {
  stop(graceMs: number): Promise<void>;
}
