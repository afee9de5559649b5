// What the API needs from outside. The composition root wires it; nothing here reads the environment.

import type {
  BulkLedger,
  ConversationList,
  DatasetExports,
  DatasetRegistry,
  Engine,
  Erasure,
  EventStore,
  Limits,
  LiveFeed,
  ModelSettings,
  RunningHash,
  ToolCatalogue,
} from '@turnlog/core';
import type { Logger } from 'pino';

export interface ListedModel {
  readonly name: string;
  readonly model: string;
  readonly isDefault: boolean;
}

export interface Models {
  list(): readonly ListedModel[];
  /** Of no name: the default. Undefined where there is no such model. */
  resolve(name: string | undefined): ModelSettings | undefined;
  /** What the operator sets for conversations with this model; a request's own limits come on top. */
  limitsOf(name: string): Limits;
}

export interface Check {
  readonly ok: boolean;
  readonly detail?: string;
}

/** How live streams behave; every value has a default. */
export interface StreamSettings {
  /** Streams open at once; one more is answered with 503. */
  readonly max?: number;
  /** How often the log is asked where no hint came. */
  readonly pollMs?: number;
  readonly heartbeatMs?: number;
}

export interface ApiDependencies {
  readonly engine: Engine;
  readonly store: EventStore;
  readonly list: ConversationList;
  readonly bulk: BulkLedger;
  /** Tells workers of new bulk work; where that fails, they find it within a second. */
  wakeBulk(id: string): void;
  readonly erasure: Erasure;
  readonly datasets: DatasetRegistry;
  readonly exports: DatasetExports;
  readonly feed: LiveFeed;
  readonly catalogue: ToolCatalogue;
  readonly models: Models;
  /** Names of the configured MCP servers. */
  readonly servers: readonly string[];
  /** What must work before traffic is welcome: the database, the queue … */
  checks(): Promise<Readonly<Record<string, Check>>>;
  /** More metrics in Prometheus text, put after the API's own. */
  readonly metrics?: () => Promise<string>;
  /** Undefined: no authentication. Only ever on loopback; the composition root refuses anything else. */
  readonly token: string | undefined;
  /** Host names besides localhost, 127.0.0.1 and [::1]. */
  readonly allowedHosts: readonly string[];
  /** A random UUID. */
  newId(): string;
  /** Lower-case hex. */
  sha256(text: string): string;
  /** The same for a text in pieces: without it, verifying a long conversation costs the square of its length. */
  beginSha256?(): RunningHash;
  readonly log: Logger;
  readonly streams?: StreamSettings;
  /** Bytes of a request body; 1 MiB by default. */
  readonly maxBodyBytes?: number;
}
