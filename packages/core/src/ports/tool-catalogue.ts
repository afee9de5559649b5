// What the configured MCP servers offer right now, as the workers last saw it. Operational knowledge for people:
// a conversation's own tools are frozen in its `ToolsListed` events.

import type { Failure } from '../conversation/failure.ts';
import type { Tool } from '../conversation/settings.ts';

export interface CatalogueEntry {
  readonly server: string;
  readonly tools: readonly Tool[];
  /** Why the server could not be listed, where it could not. */
  readonly failure?: Failure;
  /** ISO time. */
  readonly listedAt: string;
}

export interface ToolCatalogue {
  put(entries: readonly CatalogueEntry[]): Promise<void>;
  all(): Promise<readonly CatalogueEntry[]>;
}
