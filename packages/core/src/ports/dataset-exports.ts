// Datasets as the API offers them: what it may ask for, what comes of it, and the rows of one conversation.

import { z } from 'zod';
import type { BulkPhase, BulkWork } from './bulk-ledger.ts';

const rating = z.union([z.literal(-1), z.literal(0), z.literal(1)]);
const count = z.number().int().nonnegative();

/** Which conversations: all that match every field. */
export const exportFiltersSchema = z.strictObject({
  ids: z.array(z.string()).optional(),
  /** With one of these. */
  tags: z.array(z.string()).optional(),
  models: z.array(z.string()).optional(),
  rating: rating.optional(),
  /** Created at or after, and before. */
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  /** Text in the title. */
  q: z.string().optional(),
  phase: z.enum(['idle', 'running', 'waiting', 'paused']).optional(),
  /** With one of these MCP servers. */
  servers: z.array(z.string()).optional(),
  minTurns: count.optional(),
  maxTurns: count.optional(),
  minTokens: count.optional(),
  maxTokens: count.optional(),
  /** Nothing has failed in them. */
  noErrors: z.boolean().optional(),
  /** Text in any message. */
  text: z.string().optional(),
});
export type ExportFilters = z.infer<typeof exportFiltersSchema>;

/** What rows are like and where they go; the flags of `export-traces`. */
export const exportOptionsSchema = z.strictObject({
  promptReasoning: z.enum(['as-sent', 'all', 'none']).optional(),
  includeSuperseded: z.boolean().optional(),
  compat: z.enum(['strings']).optional(),
  onSecret: z.enum(['redact', 'exclude']).optional(),
  keepDuplicates: z.boolean().optional(),
  /** Share of the fork families that go to the `test` split. */
  test: z.number().min(0).max(1).optional(),
  seed: z.string().optional(),
  shards: z.number().int().min(1).max(10_000).optional(),
});
export type ExportOptions = z.infer<typeof exportOptionsSchema>;

export const exportRequestSchema = z.object({
  format: z.string(),
  as: z.enum(['jsonl', 'parquet']).optional(),
  filters: exportFiltersSchema,
  options: exportOptionsSchema,
});
export type ExportRequest = z.infer<typeof exportRequestSchema>;

export interface ExportedFile {
  /** Below the folder of the export. */
  readonly path: string;
  readonly bytes: number;
  readonly split?: string;
  readonly rows?: number;
  readonly sha256?: string;
}

export interface ExportResult {
  /** Absolute, on the machine of the worker that wrote it. */
  readonly folder: string;
  readonly as: string;
  readonly rows: number;
  readonly conversations: number;
  readonly excluded: Readonly<Record<string, number>>;
  readonly through: { readonly transactionId: string; readonly position: string };
  /** Places in which a secret was found. */
  readonly secrets: number;
  readonly files: readonly ExportedFile[];
  /** Files besides those named here; `manifest.json` names all. */
  readonly moreFiles?: number;
}

export interface ExportView extends Partial<Omit<ExportResult, 'as'>> {
  readonly id: string;
  readonly phase: BulkPhase;
  readonly format: string;
  readonly as?: string | undefined;
  readonly filters: ExportFilters;
  readonly options: ExportOptions;
  readonly progress?: { readonly done: number; readonly of: number };
  readonly failure?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const viewExport = (work: BulkWork): ExportView => {
  const { id, phase, failure, createdAt, updatedAt } = work;
  const progress = work.progress as ExportView['progress'];
  return {
    id,
    phase,
    ...(work.about as ExportRequest),
    ...(progress !== undefined && { progress }),
    ...(work.result as ExportResult | undefined),
    ...(failure !== undefined && { failure }),
    createdAt,
    updatedAt,
  };
};

export interface ExportFormat {
  readonly name: string;
  /** Whether it can stand in Parquet too. */
  readonly hasParquet: boolean;
}

export interface OpenedFile {
  readonly bytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface ConversationRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly excluded: Readonly<Record<string, number>>;
  /** Secrets that were replaced by placeholders. */
  readonly secrets: number;
}

export interface DatasetExports {
  readonly formats: readonly ExportFormat[];
  /** A file of an export. Undefined where this machine does not have it. */
  openFile(folder: string, path: string): Promise<OpenedFile | undefined>;
  /** What this conversation alone gives in a format. Undefined: there is no such conversation, or it was erased. */
  rowsOf(format: string, conversationId: string): Promise<ConversationRows | undefined>;
}
