// What a folder of ours says of itself: which files it has, and what they were made from. No clock time, absolute path or
// host stands in it, so it is as reproducible as the rows.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { formats } from '../rows/projection.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fileSchema = z.object({
  path: z.string(),
  split: z.enum(['train', 'test']),
  rows: z.number().int(),
  bytes: z.number().int(),
  sha256,
});
export type ManifestFile = z.infer<typeof fileSchema>;

const optionsSchema = z.looseObject({
  /** Into how many files the families of a split are dealt; a family never moves to another one. */
  shards: z.number().int().positive().optional(),
  promptReasoning: z.enum(['as-sent', 'all', 'none']).optional(),
  includeSuperseded: z.boolean().optional(),
  compat: z.literal('strings').optional(),
  onSecret: z.enum(['redact', 'exclude']).optional(),
  keepDuplicates: z.boolean().optional(),
  test: z.number().optional(),
  maxTokens: z.number().int().positive().optional(),
  tokenizer: z.object({ name: z.string(), sha256 }).optional(),
});

export const manifestSchema = z.object({
  manifest: z.literal(1),
  format: z.enum(formats),
  as: z.enum(['json', 'jsonl', 'parquet']),
  filters: z.record(z.string(), z.unknown()),
  options: optionsSchema.default({}),
  seed: z.string().default(''),
  versions: z.object({ projection: z.number(), redaction: z.number().optional(), writer: z.number() }),
  through: z.object({ transactionId: z.string(), position: z.string() }),
  files: z.array(fileSchema),
  rows: z.object({ path: z.string(), sha256 }).optional(),
  excluded: z.record(z.string(), z.number()),
  conversations: z.number().int(),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`;

/** The folder holds something that is not ours; nothing was written. */
export class NotOurFolder extends Error {
  override readonly name = 'NotOurFolder';
  constructor(folder: string) {
    super(`${folder} holds files but no manifest of ours. Choose a new folder with --out, or empty this one.`);
  }
}

/** The manifest of an earlier build; undefined where there is nothing yet. Throws NotOurFolder where something else lies there. */
export const previousManifest = async (folder: string): Promise<Manifest | undefined> => {
  const entries: readonly string[] = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new NotOurFolder(folder);
    throw error;
  });
  // A first build that was cut short leaves its data folder, and nothing of anybody else's.
  if (entries.every((entry) => entry === 'data' || entry.endsWith('.tmp'))) return undefined;
  return await readManifest(folder);
};

/** Throws NotOurFolder. */
export const readManifest = async (folder: string): Promise<Manifest> => {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new NotOurFolder(folder);
    throw error;
  }
};
