// How the columns of rows are declared to `datasets` and written to Parquet, in the order in which they stand in a row.

import type { Column, Format, RowOptions } from './projection.ts';

const common: readonly Column[] = [
  { name: 'id', type: 'string' },
  { name: 'conversation', type: 'string' },
  { name: 'turn', type: 'int' },
  { name: 'model', type: 'string' },
  { name: 'timestamp', type: 'string' },
  { name: 'tags', type: 'string-list' },
];
const text = (name: string): Column => ({ name, type: 'string' });

/** A message whose arguments are text has the same fields as every other one. */
const messageFields: readonly Column[] = [
  text('role'),
  text('content'),
  text('reasoning_content'),
  {
    name: 'tool_calls',
    type: 'struct-list',
    fields: [text('id'), text('type'), { name: 'function', type: 'struct', fields: [text('name'), text('arguments')] }],
  },
  text('tool_call_id'),
  text('name'),
];

const thinking = { name: 'enable_thinking', type: 'bool' } as const;

/** Empty for formats whose files are not tables. */
export const columnsOf = (format: Format, { compat }: Pick<RowOptions, 'compat'> = {}): readonly Column[] => {
  const isOld = compat === 'strings';
  const tools: Column = { name: 'tools', type: isOld ? 'string' : 'json-list' };
  const json = (name: string): Column =>
    isOld ? { name, type: 'struct-list', fields: messageFields } : { name, type: 'json-list' };
  const kwargs = 'chat_template_kwargs';
  switch (format) {
    case 'hf':
      return [...common, json('messages'), tools];
    case 'sft':
      return [
        ...common,
        json('prompt'),
        json('completion'),
        tools,
        isOld ? { name: kwargs, type: 'struct', fields: [thinking] } : { name: kwargs, type: 'json' },
      ];
    case 'dpo':
      return [...common, json('prompt'), json('chosen'), json('rejected'), tools];
    case 'kto':
      return [...common, json('prompt'), json('completion'), { name: 'label', type: 'bool' }, tools];
    case 'rl':
      return [
        ...common,
        json('prompt'),
        tools,
        { name: 'group', type: 'string' },
        json('completion'),
        { name: 'reward', type: 'float', isOptional: true },
      ];
    case 'openai':
      return [
        json('messages'),
        { ...json('tools'), isOptional: true },
        { name: 'parallel_tool_calls', type: 'bool', isOptional: true },
      ];
    case 'sharegpt':
      return [...common, json('conversations'), { name: 'system', type: 'string' }, { name: 'tools', type: 'string' }];
    default:
      return [];
  }
};
