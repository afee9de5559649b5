// README.md of a dataset: the YAML that the Hub and `datasets` read, and what a person wants to know of the rows.

import { type Column, columnFormats, type Format } from '../rows/projection.ts';
import { featuresYaml } from './features.ts';
import type { Manifest } from './manifest.ts';

export interface CardPart {
  readonly manifest: Manifest;
  readonly columns: readonly Column[];
  /** The models whose answers the rows hold. */
  readonly models: readonly string[];
}

const what: Readonly<Record<Format, string>> = {
  trace: 'whole conversations as trace files',
  hf: 'whole conversations (`messages`, `tools`)',
  sft: 'one row for every assistant step (`prompt`, `completion`, `tools`, `chat_template_kwargs`)',
  openai: 'whole conversations in OpenAI’s fine-tuning shape',
  sharegpt: 'whole conversations in ShareGPT’s shape, as LLaMA-Factory reads it',
  sts: 'session traces for the Hub’s viewer',
  dpo: 'preferred and rejected answers to the same prompt (`prompt`, `chosen`, `rejected`, `tools`)',
  kto: 'answers with a label (`prompt`, `completion`, `label`, `tools`)',
  rl: 'prompts in groups, with rewards where there are any (`prompt`, `tools`, `group`, `completion`, `reward`)',
  atif: 'whole conversations as agent trajectories (ATIF)',
};

export const hasColumns = (format: Format): boolean => (columnFormats as readonly Format[]).includes(format);

/**
 * `folderOf` says where the files of a format lie as seen from the card: `data/` in the format's own folder, `data/<format>/`
 * in a repository of several.
 */
export const datasetCard = (parts: readonly CardPart[], folderOf: (format: Format) => string): string => {
  // A config without a file does not load, and stops the others.
  const loaded = parts.filter(({ manifest }) => hasColumns(manifest.format) && manifest.files.length > 0);
  const yaml = [
    'license: other',
    'pretty_name: Turnlog traces',
    'tags:\n- turnlog\n- tool-use\n- agent-traces',
    `size_categories:\n- ${sizeCategory(parts)}`,
    ...(loaded.length === 0 ? [] : [`configs:\n${loaded.map((part) => configYaml(part, folderOf)).join('\n')}`]),
    ...(loaded.length === 0 ? [] : [`dataset_info:\n${loaded.map(infoYaml).join('\n')}`]),
  ];
  return `---\n${yaml.join('\n')}\n---\n\n${body(parts)}`;
};

const configYaml = ({ manifest: { format, files, as } }: CardPart, folderOf: (format: Format) => string): string => {
  const splits = [...new Set(files.map(({ split }) => split))].sort().reverse();
  const lines = splits.map((split) => `  - split: ${split}\n    path: ${folderOf(format)}${split}-*.${as}`);
  return [`- config_name: ${format}`, ...(format === 'sft' ? ['  default: true'] : []), '  data_files:', ...lines].join('\n');
};

const infoYaml = ({ manifest: { format }, columns }: CardPart): string =>
  `- config_name: ${format}\n  features:\n${featuresYaml(columns, '  ')}`;

const sizeCategory = (parts: readonly CardPart[]): string => {
  const rows = Math.max(...parts.map(({ manifest }) => rowsOf(manifest)));
  const [, name] = sizes.find(([below]) => rows < below) ?? [0, 'n>1M'];
  return name;
};
const sizes: readonly (readonly [number, string])[] = [
  [1_000, 'n<1K'],
  [10_000, '1K<n<10K'],
  [100_000, '10K<n<100K'],
  [1_000_000, '100K<n<1M'],
];

const rowsOf = ({ files }: Manifest, split?: 'train' | 'test'): number =>
  files.reduce((sum, file) => sum + (split === undefined || file.split === split ? file.rows : 0), 0);

const body = (parts: readonly CardPart[]): string => `# Traces

Conversations of language models with real tools, recorded by Turnlog and projected from its event log.

| format | rows (train) | rows (test) | conversations | left out | what |
|---|---|---|---|---|---|
${parts.map(tableLine).join('\n')}

${parts
  .filter(({ columns }) => columns.length > 0)
  .map(columnLines)
  .join(
    '\n\n',
  )}${parts.some(({ columns }) => columns.length > 0) ? '\n\n' : ''}**Models**: ${[...new Set(parts.flatMap(({ models }) => models))].sort().join(', ') || 'none'}.

**Provenance**: each row's \`id\` is \`<conversation>:<version>\`; \`rows.json.gz\` names, for every row, the versions of the log that it was
made from and its SHA-256; \`manifest.json\` holds the filters, the options and how far the log was read.
Known secrets are replaced by placeholders such as \`[redacted-…]\`. No search finds all of them: look before you publish.

**Licence**: not chosen. Say under which licence these conversations may be used before you share them.
`;

const tableLine = ({ manifest }: CardPart): string => {
  const excluded = Object.entries(manifest.excluded).map(([reason, count]) => `${count} ${reason}`);
  return `| ${manifest.format} | ${rowsOf(manifest, 'train')} | ${rowsOf(manifest, 'test')} | ${manifest.conversations} | ${excluded.join(', ') || 'none'} | ${what[manifest.format]} |`;
};

const columnLines = ({ manifest, columns }: CardPart): string =>
  [
    `## Columns of \`${manifest.format}\``,
    '',
    '| column | type | |',
    '|---|---|---|',
    ...columns.map(
      ({ name, type, isOptional }) =>
        `| \`${name}\` | ${types[type]}${isOptional ? ', or none' : ''} | ${meanings[name] ?? ''} |`,
    ),
  ].join('\n');

const types: Readonly<Record<Column['type'], string>> = {
  string: 'string',
  int: 'integer',
  float: 'number',
  bool: 'true or false',
  json: 'JSON',
  'json-list': 'list of JSON',
  'string-list': 'list of strings',
  struct: 'struct',
  'struct-list': 'list of structs',
};

const meanings: Readonly<Record<string, string>> = {
  id: 'where the row was recorded',
  conversation: 'the conversation that recorded what is trained',
  turn: 'the turn of the answer',
  model: 'the model that answered',
  timestamp: 'when the answer was recorded',
  tags: 'tags of the conversation',
  messages: 'the whole conversation',
  prompt: 'what the model saw',
  completion: 'what is trained',
  chosen: 'the preferred answer',
  rejected: 'the other answer',
  label: 'whether the answer is good',
  tools: 'the tools that were offered',
  chat_template_kwargs: 'further variables of the chat template',
  group: 'samples of the same prompt have the same',
  reward: 'what the turn was worth',
  parallel_tool_calls: 'whether the model may call several tools at once',
  conversations: 'the conversation, people and model in turn',
  system: 'the system prompt',
};
