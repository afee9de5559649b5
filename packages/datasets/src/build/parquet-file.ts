// Rows as one Parquet file that `datasets` reads without guessing: lists of JSON values, and the features in the footer.

import type { SchemaElement } from 'hyparquet';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import type { Column, ColumnType, Row } from '../rows/projection.ts';
import { footerFeatures } from './features.ts';

/** Rows of tool-using conversations are large: a group of so many is what a reader holds at once. */
const rowsOfGroup = 1_000;

export const parquetFile = (rows: readonly Row[], columns: readonly Column[]): Uint8Array => {
  const writer = new ByteWriter();
  const features = footerFeatures(columns);
  parquetWrite({
    writer,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(schemaOf)],
    columnData: columns.map(({ name }) => ({ name, data: rows.map((row) => row[name]) })),
    rowGroupSize: rowsOfGroup,
    // The smallest and largest value of a JSON column would be whole prompts.
    statistics: false,
    ...(features && { kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features } }) }] }),
    createdBy: 'turnlog',
  });
  return new Uint8Array(writer.getBuffer());
};

const leaf = (name: string, type: ColumnType): SchemaElement => {
  const repetition_type = 'OPTIONAL';
  switch (type) {
    case 'int':
      return { name, type: 'INT32', repetition_type };
    case 'float':
      return { name, type: 'DOUBLE', repetition_type };
    case 'bool':
      return { name, type: 'BOOLEAN', repetition_type };
    case 'json':
    case 'json-list':
      return { name, type: 'BYTE_ARRAY', converted_type: 'JSON', repetition_type };
    default:
      return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type };
  }
};

const schemaOf = ({ name, type, fields }: Column): readonly SchemaElement[] => {
  if (!type.endsWith('-list')) return elementsOf(name, type, fields);
  return [
    { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...elementsOf('element', type, fields),
  ];
};

const elementsOf = (name: string, type: ColumnType, fields: Column['fields']): readonly SchemaElement[] =>
  fields === undefined
    ? [leaf(name, type)]
    : [{ name, repetition_type: 'OPTIONAL', num_children: fields.length }, ...fields.flatMap(schemaOf)];
