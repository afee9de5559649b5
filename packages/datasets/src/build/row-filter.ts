// What a row must pass after it was projected: its schema, the search for secrets, the length, and that it is not there already.

import type { RedactionHit, Redactor } from '../redaction/redactor.ts';
import type { ExclusionReason, Format, ProjectedRow, Row, RowFormat, RowOptions } from '../rows/projection.ts';
import { createFirstRecorded, type PlaceInLog } from './first-recorded.ts';

/** The projection made a row that its own format forbids. */
export class InvalidRow extends Error {
  override readonly name = 'InvalidRow';
}

export interface SecretFound extends RedactionHit {
  readonly row: string;
}

export interface RowFilterOptions {
  readonly format: Format;
  readonly rows: Pick<RowOptions, 'compat'>;
  readonly rowFormat: RowFormat;
  readonly redactor: Redactor;
  readonly onSecret: 'redact' | 'exclude';
  readonly keepDuplicates?: boolean;
  readonly maxTokens?: MaxTokens;
  readonly placeOf: PlaceInLog;
}

/** Rows of more tokens are left out. */
export interface MaxTokens {
  readonly most: number;
  readonly count: (row: Row) => number;
  /** Whose tokens they are; the manifest names it. */
  readonly tokenizer: { readonly name: string; readonly sha256: string };
}

export interface Passed {
  /** As it is to be written, or why it is not. */
  readonly result: ProjectedRow | ExclusionReason;
  readonly secrets: readonly SecretFound[];
}

export interface RowFilter {
  /** Throws InvalidRow. */
  pass(projected: ProjectedRow, shard: number): Promise<Passed>;
  /** Shards to be made again, once every row has been passed. */
  outdated(): readonly number[];
}

/** A trace shows what happened, as often as it happened; equal answers of a group are its statistics. */
const neverDuplicate: readonly Format[] = ['trace', 'sts', 'rl', 'atif'];

export const createRowFilter = (options: RowFilterOptions): RowFilter => {
  const { format, rowFormat, redactor, onSecret, maxTokens } = options;
  const first = createFirstRecorded(options.placeOf);
  const mayRepeat = options.keepDuplicates === true || neverDuplicate.includes(format);
  const faultOf = (row: Row): string | undefined => rowFormat.validate(format, row, options.rows)[0];

  const pass = async (projected: ProjectedRow, shard: number): Promise<Passed> => {
    const fault = faultOf(projected.row);
    if (fault !== undefined) throw new InvalidRow(`Row ${projected.id} of ${format}: ${fault}`);
    const { row: redacted, hits } = redactor.redact(projected.row);
    const row = redacted as Row;
    const secrets = hits.map((hit) => ({ row: projected.id, ...hit }));
    // A placeholder can stand where none may (a secret that is also a word of the format): such a row cannot be shown.
    const isShown = hits.length === 0 || (onSecret === 'redact' && faultOf(row) === undefined);
    if (!isShown) return { result: 'secret', secrets };
    if (maxTokens !== undefined && maxTokens.count(row) > maxTokens.most) return { result: 'too_long', secrets };
    if (!mayRepeat && !(await first.isFirst({ ...projected, row }, shard))) return { result: 'duplicate', secrets };
    return { result: hits.length === 0 ? projected : { ...projected, row }, secrets };
  };
  return { pass, outdated: first.outdated };
};
