// Families become rows that may be written, with the count of what may not, and where secrets were.

import { createHash } from 'node:crypto';
import type { ExclusionReason, Family, Format, ProjectedRow, Row, RowFormat, RowOptions } from '../rows/projection.ts';
import type { ForkFamilyIndex } from './fork-families.ts';
import type { ManifestFile } from './manifest.ts';
import { createRowFilter, type RowFilterOptions, type SecretFound } from './row-filter.ts';
import type { RowPlace } from './rows-index.ts';

export interface Source extends RowFilterOptions {
  /** The folder of the format. */
  readonly folder: string;
  readonly format: Format;
  readonly as: 'jsonl' | 'parquet';
  readonly families: readonly ForkFamilyIndex[];
  readonly read: (family: ForkFamilyIndex) => Promise<Family>;
  readonly rows: Omit<RowOptions, 'sha256'>;
  readonly rowFormat: RowFormat;
  readonly test?: number;
  readonly seed?: string;
  readonly onProgress?: (families: number, of: number) => void;
  readonly signal?: AbortSignal;
}

/** What was left out on the way, and where secrets were. */
export interface Left {
  readonly excluded: Readonly<Partial<Record<ExclusionReason, number>>>;
  readonly secrets: readonly SecretFound[];
}

/** What one step of a build has written: a file, or nothing where no row was left. */
export interface Written extends Left {
  readonly file?: ManifestFile;
  /** The file was not there before. */
  readonly isNew?: boolean;
  readonly places: readonly RowPlace[];
  readonly models: readonly string[];
}

export interface ProjectRows {
  /** Throws InvalidRow. */
  rowsOf(family: ForkFamilyIndex, shard: number): Promise<readonly OwnedRow[]>;
  /** What was left out since it was asked last. */
  takeLeft(): Left;
  outdated(): readonly number[];
}

export interface OwnedRow extends ProjectedRow {
  /** The version of its conversation's first own event. */
  readonly begun: number;
}

export const projectRows = (source: Source): ProjectRows => {
  const filter = createRowFilter(source);
  const done = new Set<string>();
  let excluded: Partial<Record<ExclusionReason, number>> = {};
  let secrets: SecretFound[] = [];
  const exclude = (reason: ExclusionReason, count: number): void => {
    excluded[reason] = (excluded[reason] ?? 0) + count;
  };

  const rowsOf = async (index: ForkFamilyIndex, shard: number): Promise<readonly OwnedRow[]> => {
    source.signal?.throwIfAborted();
    const family = await source.read(index);
    const begun = new Map(family.members.map(({ id, inherited }) => [id, inherited + 1]));
    const projection = source.rowFormat.project(source.format, family, { ...source.rows, sha256 });
    for (const [reason, count] of Object.entries(projection.excluded)) exclude(reason as ExclusionReason, count);
    const kept: OwnedRow[] = [];
    for (const row of projection.rows) {
      const passed = await filter.pass(row, shard);
      for (const secret of passed.secrets) secrets.push(secret);
      if (typeof passed.result === 'string') exclude(passed.result, 1);
      else kept.push({ ...passed.result, begun: begun.get(row.conversation) ?? 1 });
    }
    done.add(index.root);
    source.onProgress?.(done.size, source.families.length);
    return kept;
  };
  const takeLeft = (): Left => {
    const left = { excluded, secrets };
    excluded = {};
    secrets = [];
    return left;
  };
  return { rowsOf, takeLeft, outdated: filter.outdated };
};

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

export const writtenFile = (
  path: string,
  split: ManifestFile['split'],
  rows: readonly ProjectedRow[],
  bytes: Uint8Array,
  isNew: boolean,
): Required<Pick<Written, 'file' | 'isNew' | 'places' | 'models'>> => ({
  file: { path, split, rows: rows.length, bytes: bytes.length, sha256: sha256(bytes) },
  isNew,
  places: placesIn(path, rows),
  models: [...new Set(rows.flatMap(({ row }) => modelIn(row)))],
});

/** A trajectory names it of its agent. */
const modelIn = ({ model, agent }: Row): readonly string[] => {
  const named = model ?? (agent as Row | undefined)?.model_name;
  return typeof named === 'string' ? [named] : [];
};

const placesIn = (path: string, rows: readonly ProjectedRow[]): readonly RowPlace[] =>
  rows.map(({ id, conversation, fromVersion, toVersion, row }, index) => [
    id,
    path,
    index,
    conversation,
    fromVersion,
    toVersion,
    sha256(JSON.stringify(row)),
  ]);
