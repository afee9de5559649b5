// The columns of a format in the words of Hugging Face's `datasets` (5.0): as the footer of a Parquet file wants them, and as the
// YAML of a dataset card does. Without them a reader guesses types from the first rows, and mixed arguments do not load.

import type { Column } from '../rows/projection.ts';

const dtypes = { string: 'string', int: 'int32', float: 'float64', bool: 'bool' } as const;

const feature = ({ type, fields = [] }: Column): object => {
  switch (type) {
    case 'json':
      return { _type: 'Json' };
    case 'json-list':
      return { feature: { _type: 'Json' }, _type: 'List' };
    case 'string-list':
      return { feature: { dtype: 'string', _type: 'Value' }, _type: 'List' };
    case 'struct':
      return featuresOf(fields);
    case 'struct-list':
      return { feature: featuresOf(fields), _type: 'List' };
    default:
      return { dtype: dtypes[type], _type: 'Value' };
  }
};

const featuresOf = (columns: readonly Column[]): Readonly<Record<string, object>> =>
  Object.fromEntries(columns.map((column) => [column.name, feature(column)]));

/**
 * Undefined where columns are plain: every version of `datasets` reads those as they are, and versions before 4 refuse a file
 * whose footer names a `List`.
 */
export const footerFeatures = (columns: readonly Column[]): Readonly<Record<string, object>> | undefined =>
  columns.some(({ type }) => type === 'json' || type === 'json-list') ? featuresOf(columns) : undefined;

export const featuresYaml = (columns: readonly Column[], indent: string): string =>
  columns.map((column) => `${indent}- name: ${column.name}\n${valueYaml(column, `${indent}  `)}`).join('\n');

/** In words that cards have had since `datasets` 2. */
const valueYaml = ({ type, fields = [] }: Column, indent: string): string => {
  switch (type) {
    case 'json':
      return `${indent}dtype: json`;
    case 'json-list':
      return `${indent}list: json`;
    case 'string-list':
      return `${indent}list: string`;
    case 'struct':
      return `${indent}struct:\n${featuresYaml(fields, indent)}`;
    case 'struct-list':
      return `${indent}list:\n${featuresYaml(fields, indent)}`;
    default:
      return `${indent}dtype: ${dtypes[type]}`;
  }
};
