// What stands between the log and a dataset: a fork family in, rows of one format out. Pure: same events, same rows.
// `rows/` decides what a row is; `build/` decides which file it goes to.

import type { Recorded } from '@turnlog/core';

export const formats = ['trace', 'hf', 'sft', 'openai', 'sharegpt', 'sts', 'dpo', 'kto', 'rl', 'atif'] as const;
export type Format = (typeof formats)[number];

/** Formats of which one conversation is one file. */
export const fileFormats = ['trace', 'sts', 'atif'] as const satisfies readonly Format[];
/** Formats that stand in Parquet too, with columns for `datasets`. */
export const columnFormats = ['hf', 'sft', 'dpo', 'kto', 'rl'] as const satisfies readonly Format[];

export const exclusionReasons = [
  'error',
  'truncated_output',
  'unknown_outcome',
  'rejected_call',
  'superseded',
  'low_rating',
  'bad_arguments',
  'tools_changed',
  'too_long',
  'duplicate',
  'secret',
] as const;
export type ExclusionReason = (typeof exclusionReasons)[number];

/** One conversation with its whole stream, what it inherited from its parent included. */
export interface RecordedConversation {
  readonly id: string;
  readonly events: readonly Recorded[];
  /** Versions up to this one were recorded by a parent; 0 for a conversation that is no fork. */
  readonly inherited: number;
  /** Where it was forked from. */
  readonly parent?: { readonly id: string; readonly at: number };
  /** False for members of the family that the filters left out: read for pairs and supersession, never exported. */
  readonly isSelected: boolean;
}

/** All conversations that share a root, ordered by id. A family never parts between two splits. */
export interface Family {
  readonly root: string;
  readonly members: readonly RecordedConversation[];
}

export interface RowOptions {
  /** Where prompt messages carry `reasoning_content`. */
  readonly promptReasoning: 'as-sent' | 'all' | 'none';
  readonly includeSuperseded: boolean;
  /** `strings`: tools and arguments as JSON text, for readers that know no JSON type. */
  readonly compat?: 'strings';
  /** sha256 of UTF-8 text, in hex. */
  readonly sha256: (text: string) => string;
}

export const defaultRowOptions = { promptReasoning: 'as-sent', includeSuperseded: false } as const;

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type Row = { readonly [key: string]: JsonValue };

export interface ProjectedRow {
  readonly id: string;
  /** The conversation that recorded what the row trains: the row's file follows it. */
  readonly conversation: string;
  /** The versions of that conversation that the row was made from. */
  readonly fromVersion: number;
  readonly toVersion: number;
  /** As it is written, keys in their order. For `sts`, one of the lines of its conversation's file. */
  readonly row: Row;
}

export interface Projection {
  /** Ordered by conversation id, then version. */
  readonly rows: readonly ProjectedRow[];
  /** How many rows were left out, by reason; reasons without a row are absent. */
  readonly excluded: Readonly<Partial<Record<ExclusionReason, number>>>;
}

/**
 * How a column is declared to `datasets` and written to Parquet. `json-list`: a list of JSON values; `json`: one JSON value;
 * `struct-list` and `struct`: of named fields, for readers that know no JSON type.
 */
export type ColumnType = 'string' | 'int' | 'float' | 'bool' | 'string-list' | 'json-list' | 'json' | 'struct-list' | 'struct';
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Of a struct: null where a value has none of that name. */
  readonly fields?: readonly Column[];
  /** Absent from some rows: null in Parquet, left out of JSONL. */
  readonly isOptional?: true;
}

/** What `build/` takes from `rows/`; a test may give its own. */
export interface RowFormat {
  readonly project: (format: Format, family: Family, options: RowOptions) => Projection;
  readonly columnsOf: (format: Format, options: Pick<RowOptions, 'compat'>) => readonly Column[];
  /** What is wrong with a row, each with the path of its field; empty if nothing is. */
  readonly validate: (format: Format, row: Row, options?: Pick<RowOptions, 'compat'>) => readonly string[];
}
