// An export as bulk work: the dataset is built whole into a folder of its own. Who takes it over builds it anew.

import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExportRequest, type ExportResult, exportRequestSchema } from '@turnlog/core';
import { type BuiltFromLog, buildFromLog, type DatasetRequest, defaultRowOptions, type Format } from '@turnlog/datasets';
import type { Database } from '@turnlog/db';
import type { BulkPerformer } from '@turnlog/worker';

export interface ExportOptions {
  readonly database: Database;
  readonly dataDir: string;
  readonly secrets: readonly string[];
}

/** How often progress is told, and whether the claim still holds is asked. */
const tellMs = 1_000;
/** A folder of traces has a file for each conversation; the manifest names them all. */
const mostFiles = 1_000;

export const createExportPerformer =
  ({ database, dataDir, secrets }: ExportOptions): BulkPerformer =>
  async ({ work, signal, report }) => {
    const request = exportRequestSchema.parse(work.request);
    const out = join(dataDir, 'exports', work.id);
    // What a worker before this one has left is half of it, at best.
    await rm(out, { recursive: true, force: true });
    let progress = { done: 0, of: 0 };
    await report({ phase: 'running', progress });
    const telling = setInterval(() => void report({ progress }).catch(() => undefined), tellMs);
    try {
      const built = await buildFromLog({ ...database }, datasetRequestOf(request), {
        out,
        secrets,
        signal,
        onProgress: (done, of) => {
          progress = { done, of };
        },
      });
      await report({ phase: 'completed', progress, result: await resultOf(built) });
    } finally {
      clearInterval(telling);
    }
    return { pauseMs: 0 };
  };

export const datasetRequestOf = ({ format, as, filters, options }: ExportRequest): DatasetRequest => {
  const { servers, minTurns, maxTurns, minTokens, maxTokens, noErrors, text, since, until, ...others } = filters;
  const { promptReasoning, includeSuperseded, compat, onSecret = 'redact', ...build } = options;
  return present<DatasetRequest>({
    format: format as Format,
    as,
    filter: present({ ...others, since: isoTime(since), until: isoTime(until) }),
    content: present({ servers, minTurns, maxTurns, minTokens, maxTokens, noErrors, text }),
    rows: { ...defaultRowOptions, ...present({ promptReasoning, includeSuperseded, compat }) },
    onSecret,
    ...build,
  });
};

const isoTime = (text: string | undefined): string | undefined => (text === undefined ? undefined : new Date(text).toISOString());

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Without the fields that are undefined. */
const present = <T extends object>(fields: Loose<T>): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const resultOf = async ({ folder, manifest, secrets, secretsReport }: BuiltFromLog): Promise<ExportResult> => {
  const beside = ['README.md', 'manifest.json', 'rows.json.gz', ...(secretsReport === undefined ? [] : ['secrets.json'])];
  const named = manifest.files.slice(0, mostFiles);
  const more = manifest.files.length - named.length;
  return {
    folder,
    as: manifest.as,
    rows: manifest.files.reduce((sum, { rows }) => sum + rows, 0),
    conversations: manifest.conversations,
    excluded: manifest.excluded,
    through: manifest.through,
    secrets: secrets.length,
    files: [
      ...(await Promise.all(beside.map(async (path) => ({ path, bytes: (await stat(join(folder, path))).size })))),
      ...named,
    ],
    ...(more > 0 && { moreFiles: more }),
  };
};
