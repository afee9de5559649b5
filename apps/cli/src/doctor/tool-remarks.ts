// What a model, its server or an operator will trip over in a listed tool, in words for the doctor's table.

import type { Tool } from '@turnlog/core';

/** Long descriptions and schemas cost their tokens in every request of every turn. */
const longDescription = 4_000;
const longSchema = 16_000;
/** OpenAI refuses a request with more; models choose badly long before. */
const mostTools = 128;

export const remarksOn = (tool: Tool): readonly string[] => [
  ...nameRemarks(tool),
  ...schemaRemarks(tool),
  ...annotationRemarks(tool),
];

export const remarksOnAll = (tools: readonly Tool[]): readonly string[] => [
  ...unannotated(tools),
  ...(tools.length > mostTools
    ? [`${tools.length} tools: OpenAI takes ${mostTools} in a request; choose some with enabledTools`]
    : []),
];

const nameRemarks = ({ name, tool, description = '' }: Tool): readonly string[] => [
  ...(name === tool ? [] : [`${tool} is called ${name} for the model: its own name is taken, too long, or has other characters`]),
  ...(description === '' ? [`${tool} has no description: the model has only its name to go by`] : []),
  ...(description.length > longDescription
    ? [`${tool} has a description of ${description.length} characters, sent with every request`]
    : []),
];

const schemaRemarks = ({ tool, inputSchema }: Tool): readonly string[] => {
  const found = [...new Set(faultsIn(inputSchema, ''))];
  const { length } = JSON.stringify(inputSchema);
  return [
    ...(inputSchema.properties === undefined ? [`${tool} names no parameters: the model cannot pass any`] : []),
    ...found.map((fault) => `${tool}: ${fault}`),
    ...(length > longSchema ? [`${tool} has a schema of ${length} characters, sent with every request`] : []),
  ];
};

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const named = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
/** Under these stands data, which may look like a schema. */
const data = new Set(['enum', 'const', 'default', 'examples', 'example', 'required']);

const faultsIn = (schema: Schema, path: string): readonly string[] => [
  ...ownFaults(schema, path),
  ...Object.entries(schema).flatMap(([key, value]) => {
    if (data.has(key)) return [];
    if (!named.has(key) || !isSchema(value)) return [value].flat().flatMap((one) => (isSchema(one) ? faultsIn(one, path) : []));
    return Object.entries(value).flatMap(([name, one]) => {
      const at = path === '' ? name : `${path}.${name}`;
      if (isSchema(one)) return faultsIn(one, at);
      return typeof one === 'boolean' ? [] : [`the schema of ${at} is none (${JSON.stringify(one)}) and is left out`];
    });
  }),
];

const ownFaults = ({ type, items, prefixItems, $ref }: Schema, path: string): readonly string[] => {
  const at = path === '' ? 'its schema' : path;
  const isArray = [type].flat().includes('array');
  return [
    ...(isArray && items === undefined && prefixItems === undefined
      ? [`${at} is an array of nothing in particular: models are told that anything goes`]
      : []),
    ...(typeof $ref === 'string' && !$ref.startsWith('#') ? [`${at} refers to ${$ref}, which nobody fetches`] : []),
    ...(typeof $ref === 'string' && $ref.startsWith('#')
      ? [`${at} refers to ${$ref}: where a server knows no references, set inlineRefs in the model's profile`]
      : []),
  ];
};

const annotationRemarks = ({ tool, annotations }: Tool): readonly string[] =>
  annotations?.readOnlyHint === true && annotations.destructiveHint === true
    ? [`${tool} says that it only reads and that it may destroy: neither is believed`]
    : [];

const unannotated = (tools: readonly Tool[]): readonly string[] => {
  const silent = tools.filter(({ annotations }) => annotations === undefined);
  if (silent.length === 0) return [];
  const names = silent.map(({ tool }) => tool);
  const listed = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  return [`${listed}: no annotations, so a lost call waits for a person (set onUnknownOutcome, or trust a server that has them)`];
};
