// A dataset as somebody asks for it: which conversations of the log, in which format, into which folder.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetRegistry, LogCursor } from '@turnlog/core';
import { createRedactor, type Redactor } from '../redaction/redactor.ts';
import { columnFormats, type Format, type RowOptions } from '../rows/projection.ts';
import { rowFormats } from '../rows/row-formats.ts';
import { replaceFile } from '../trace-file.ts';
import { type Built, buildDataset } from './build-dataset.ts';
import { type ContentFilter, selectedIn } from './content-filter.ts';
import type { PlaceInLog } from './first-recorded.ts';
import { type ForkFamilyIndex, findFamilies, type LogReader, readFamily } from './fork-families.ts';
import { previousManifest } from './manifest.ts';
import type { MaxTokens } from './row-filter.ts';
import type { DatasetFilter } from './selected-at.ts';

export interface DatasetRequest {
  readonly format: Format;
  /** Lines, unless asked otherwise. */
  readonly as?: 'jsonl' | 'parquet';
  readonly filter: DatasetFilter;
  readonly content: ContentFilter;
  readonly rows: Omit<RowOptions, 'sha256'>;
  readonly onSecret: 'redact' | 'exclude';
  readonly keepDuplicates?: boolean;
  readonly test?: number;
  readonly seed?: string;
  readonly shards?: number;
}

export interface RedactingLog extends LogReader {
  /** Random, and as old as the log: placeholders are made with it, so that the same log gives the same ones. */
  readonly redactionKey: () => Promise<string>;
}

export interface DatasetLog extends RedactingLog {
  readonly head: () => Promise<LogCursor>;
  readonly datasets: DatasetRegistry;
}

export interface BuildSettings {
  /** An absolute path. */
  readonly out: string;
  readonly secrets: readonly string[];
  readonly maxTokens?: MaxTokens;
  /** How far the log is read; by default as far as it goes. */
  readonly through?: LogCursor;
  readonly onProgress?: (families: number, of: number) => void;
  readonly signal?: AbortSignal;
}

export interface BuiltFromLog extends Built {
  /** Where the places of secrets are listed for review; absent where none was found. */
  readonly secretsReport?: string;
}

/** The format cannot be written that way. */
export class NoSuchFile extends Error {
  override readonly name = 'NoSuchFile';
}

/** What is asked for holds a secret, and the manifest would. */
export class SecretInRequest extends Error {
  override readonly name = 'SecretInRequest';
}

/** Throws NotOurFolder, NoSuchFile, SecretInRequest, InvalidRow. */
export const buildFromLog = async (log: DatasetLog, request: DatasetRequest, settings: BuildSettings): Promise<BuiltFromLog> => {
  const folder = join(settings.out, request.format);
  writtenAs(request.format, request.as);
  await previousManifest(folder);
  const through = settings.through ?? (await log.head());
  const families = await findFamilies(log, request.filter, through);
  const conversations = families.flatMap(({ members }) => members.map(({ id }) => id));
  // Before the first file, so that an erasure names this folder also where the build is cut short; exactly at the end.
  await log.datasets.register({ dataset: folder, conversations, keepsFormer: true });
  const built = await buildFamilies(log, request, { ...settings, through, families });
  await log.datasets.register({ dataset: folder, conversations: built.conversations });
  const report = await reportSecrets(built);
  return { ...built, ...(report !== undefined && { secretsReport: report }) };
};

interface FamilySettings extends BuildSettings {
  readonly through: LogCursor;
  readonly families: readonly ForkFamilyIndex[];
}

/** Writes the files, and nothing else. Throws what `buildFromLog` does. */
export const buildFamilies = async (log: RedactingLog, request: DatasetRequest, settings: FamilySettings): Promise<Built> => {
  const redactor = createRedactor({ secrets: settings.secrets, key: await log.redactionKey() });
  refuseSecrets(request, redactor);
  return buildDataset({
    ...request,
    ...settings,
    as: writtenAs(request.format, request.as),
    filters: { ...request.filter, ...request.content },
    read: async (family) => selectedIn(await readFamily(log, family), request.content),
    rowFormat: rowFormats,
    redactor,
    placeOf: createPlaceInLog(log),
  });
};

/** Conversations of which rows or names clash: mostly none, or a few again and again. */
const remembered = 1_000;

const createPlaceInLog = ({ placesInLog }: Pick<LogReader, 'placesInLog'>): PlaceInLog => {
  const known = new Map<string, ReadonlyMap<number, string>>();
  return async (conversation, version) => {
    const places = known.get(conversation) ?? (await placesInLog(conversation));
    known.delete(conversation);
    known.set(conversation, places);
    if (known.size > remembered) known.delete(known.keys().next().value as string);
    return places.get(version) ?? '';
  };
};

const refuseSecrets = ({ filter, content, seed = '' }: DatasetRequest, redactor: Redactor): void => {
  const [hit] = redactor.redact({ ...filter, ...content, seed }).hits;
  if (hit !== undefined)
    throw new SecretInRequest(
      `What is asked for holds a secret (${hit.field}), and manifest.json would name it. Choose the conversations another way, such as by --id.`,
    );
};

export const writtenAs = (format: Format, as: 'jsonl' | 'parquet' | undefined): 'jsonl' | 'parquet' => {
  if (as === 'parquet' && !(columnFormats as readonly Format[]).includes(format))
    throw new NoSuchFile(
      `${format} is not written as Parquet; ${columnFormats.join(', ')} are. Leave out --as, or choose one of these.`,
    );
  return as ?? 'jsonl';
};

const reportSecrets = async ({ folder, secrets }: Built): Promise<string | undefined> => {
  const path = join(folder, 'secrets.json');
  if (secrets.length === 0) {
    await rm(path, { force: true });
    return undefined;
  }
  await replaceFile(path, `${JSON.stringify({ found: secrets.length, secrets }, null, 2)}\n`);
  return path;
};
