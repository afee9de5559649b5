// Fork families become a folder: files of rows, an index of where each row came from, a manifest and a card. The same log up
// to the same point, with the same options, gives the same bytes.

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogCursor } from '@turnlog/core';
import { type ExclusionReason, type Format, fileFormats } from '../rows/projection.ts';
import { replaceFile } from '../trace-file.ts';
import { writeConversations } from './conversation-files.ts';
import { type CardPart, datasetCard, hasColumns } from './dataset-card.ts';
import { writeExtras } from './extra-files.ts';
import type { ForkFamilyIndex } from './fork-families.ts';
import { type Manifest, manifestText, previousManifest } from './manifest.ts';
import { withModestHeap } from './modest-heap.ts';
import { projectRows, type Source, sha256, type Written } from './projected-rows.ts';
import { readingAhead } from './reading-ahead.ts';
import type { SecretFound } from './row-filter.ts';
import { rowsIndex } from './rows-index.ts';
import { dealt, shardFileName, writeShards } from './shard-files.ts';
import { shardsFor } from './shards.ts';

/** Rises with every change of the bytes that the same rows give. */
export const writerVersion = 2;
/** Rises with every change of the rows that the same events give. */
export const projectionVersion = 1;

export interface BuildOptions extends Omit<Source, 'folder'> {
  /** The folder of all formats; this one goes into its folder of that name. */
  readonly out: string;
  readonly filters: Readonly<Record<string, unknown>>;
  /** How far the log was read. */
  readonly through: LogCursor;
  /** Files in each split; by default as many as the first build had need of. */
  readonly shards?: number;
}

export interface Built {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly card: CardPart;
  /** Whose events the rows show, in the order of their ids; what a fork inherited included. */
  readonly conversations: readonly string[];
  /** Where secrets were found, and never what they are. */
  readonly secrets: readonly SecretFound[];
  /** Files that were not there before. */
  readonly written: number;
}

/** Throws NotOurFolder before anything is written, and InvalidRow where a projection breaks its own schema. */
export const buildDataset = (options: BuildOptions): Promise<Built> => withModestHeap(() => build(options));

const build = async (options: BuildOptions): Promise<Built> => {
  const folder = join(options.out, options.format);
  const previous = await previousManifest(folder);
  const shards = options.shards ?? previous?.options.shards ?? shardsFor(options.families.length);
  await mkdir(join(folder, 'data'), { recursive: true });
  // Before the first file: a folder that a first build was cut short in is still known as ours.
  if (previous === undefined)
    await replaceFile(join(folder, 'manifest.json'), manifestText(manifestOf(options, nothing, shards)));
  const written = await writeFiles({ ...options, folder }, previous, shards);

  const content = merged(written);
  const index = rowsIndex(content.places);
  await replaceFile(join(folder, 'rows.json.gz'), index);
  const manifest = manifestOf(options, content, shards, sha256(index));
  const card = {
    manifest,
    columns: options.rowFormat.columnsOf(options.format, options.rows),
    models: [...new Set(content.models)],
  };
  await replaceFile(
    join(folder, 'README.md'),
    datasetCard([card], () => 'data/'),
  );
  await writeExtras(folder, manifest);
  await replaceFile(join(folder, 'manifest.json'), manifestText(manifest));
  await removeStale(folder, previous, manifest);
  const conversations = shownIn(options.families, conversationsOf(content));
  const fresh = written.filter(({ isNew }) => isNew).length;
  return { folder, manifest, card, conversations, secrets: content.secrets, written: fresh };
};

const writeFiles = (source: Source, previous: Manifest | undefined, shards: number): Promise<readonly Written[]> => {
  const order = isFileFormat(source.format) ? source.families : dealt(source, shards).flatMap(([, families]) => families);
  const project = projectRows({ ...source, read: readingAhead(source.read, order) });
  return isFileFormat(source.format) ? writeConversations(source, project, previous) : writeShards(source, project, shards);
};

/** A fork's rows show the events of those it begins from. */
const shownIn = (families: readonly ForkFamilyIndex[], conversations: ReadonlySet<string>): readonly string[] =>
  families
    .filter(({ members }) => members.some(({ id }) => conversations.has(id)))
    .flatMap(({ members }) => members.map(({ id }) => id))
    .sort();

const conversationsOf = ({ places }: Pick<Content, 'places'>): ReadonlySet<string> =>
  new Set(places.map(([, , , conversation]) => conversation));

const isFileFormat = (format: Format): boolean => (fileFormats as readonly Format[]).includes(format);

type Content = Pick<Written, 'excluded' | 'secrets' | 'places' | 'models'> & { readonly files: Manifest['files'] };

const nothing: Content = { excluded: {}, secrets: [], places: [], models: [], files: [] };

const merged = (written: readonly Written[]): Content => {
  const excluded: Partial<Record<ExclusionReason, number>> = {};
  for (const one of written)
    for (const [reason, count] of Object.entries(one.excluded) as [ExclusionReason, number][])
      excluded[reason] = (excluded[reason] ?? 0) + count;
  return {
    excluded,
    secrets: written.flatMap(({ secrets }) => secrets),
    places: written.flatMap(({ places }) => places),
    models: written.flatMap(({ models }) => models),
    files: written.flatMap(({ file }) => file ?? []),
  };
};

const manifestOf = (options: BuildOptions, content: Content, shards: number, index?: string): Manifest => {
  const { format, as, filters, through, rows, redactor, onSecret, keepDuplicates, test, seed = '', maxTokens } = options;
  return {
    manifest: 1,
    format,
    as: hasColumns(format) || !isFileFormat(format) ? as : format === 'sts' ? 'jsonl' : 'json',
    filters: { ...filters },
    options: {
      ...(!isFileFormat(format) && { shards }),
      ...rows,
      onSecret,
      ...(keepDuplicates && { keepDuplicates }),
      ...(test !== undefined && test > 0 && { test }),
      ...(maxTokens && { maxTokens: maxTokens.most, tokenizer: maxTokens.tokenizer }),
    },
    seed,
    versions: { projection: projectionVersion, redaction: redactor.version, writer: writerVersion },
    through,
    files: [...content.files].sort((a, b) => (a.path < b.path ? -1 : 1)),
    ...(index !== undefined && { rows: { path: 'rows.json.gz', sha256: index } }),
    excluded: Object.fromEntries(Object.entries(content.excluded).sort(([a], [b]) => (a < b ? -1 : 1))),
    conversations: conversationsOf(content).size,
  };
};

/** Only what our last manifest named, and what a build that was cut short has left under a name of ours; only below `data/`. */
const removeStale = async (folder: string, previous: Manifest | undefined, current: Manifest): Promise<void> => {
  const kept = new Set(current.files.map(({ path }) => path));
  const former = previous?.files.map(({ path }) => path).filter((path) => /^data\/[^/\\]+$/.test(path)) ?? [];
  const left = (await readdir(join(folder, 'data')))
    .filter((name) => name.endsWith('.tmp') || shardFileName.test(name))
    .map((name) => `data/${name}`);
  for (const path of [...former, ...left]) if (!kept.has(path)) await rm(join(folder, path), { force: true });
};
