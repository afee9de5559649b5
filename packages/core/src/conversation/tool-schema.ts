// A tool's input schema as model servers take it. The log keeps what the tool said, and calls are checked against that.

import type { ModelProfile } from './settings.ts';

type Schema = Readonly<Record<string, unknown>>;
type Wishes = Pick<ModelProfile, 'inlineRefs' | 'dropFormats'>;

/** How deep references are followed, and how many in all: a schema may refer to itself, or double with every step. */
const deepestRef = 6;
const mostRefs = 500;

/** `root` has the form of a root already (`chatTool`). */
export const adaptSchema = (root: Schema, wishes: Wishes): Record<string, unknown> => {
  const adapted = adapt(root, { root, wishes, left: { refs: mostRefs } }, 0);
  if (!wishes.inlineRefs) return adapted;
  const { $defs: _, definitions: __, ...inlined } = adapted;
  return inlined;
};

interface Context {
  readonly root: Schema;
  readonly wishes: Wishes;
  readonly left: { refs: number };
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
/** `true` and `false` are schemas as well. */
const mayStand = (value: unknown): boolean => isSchema(value) || typeof value === 'boolean';

/** Where schemas stand in a schema; everything else (`enum`, `default`, `const`) is data and stays. */
const inMaps = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const inLists = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const alone = new Set([
  'items',
  'additionalItems',
  'additionalProperties',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contains',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
]);
const formats = new Set(['format', 'pattern']);

const adapt = (schema: Schema, context: Context, depth: number): Record<string, unknown> => {
  if (context.wishes.inlineRefs && typeof schema.$ref === 'string') return inline(schema.$ref, schema, context, depth);
  const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (context.wishes.dropFormats && formats.has(key)) return [];
    // The definitions go once everything that refers to them is written out.
    if (context.wishes.inlineRefs && (key === '$defs' || key === 'definitions')) return [];
    const changed = adaptAt(key, value, schema, context, depth);
    return changed === undefined ? [] : [[key, changed]];
  });
  const adapted = Object.fromEntries(entries);
  // OpenAI and others refuse an array that does not say of what (bnbchain-mcp#68).
  return isArrayType(schema.type) && !Object.hasOwn(adapted, 'items') && !Object.hasOwn(adapted, 'prefixItems')
    ? { ...adapted, items: {} }
    : adapted;
};

const isArrayType = (type: unknown): boolean => type === 'array' || (Array.isArray(type) && type.includes('array'));

const adaptAt = (key: string, value: unknown, parent: Schema, context: Context, depth: number): unknown => {
  const each = (one: unknown): unknown => (isSchema(one) ? adapt(one, context, depth) : one);
  if (inMaps.has(key) && isSchema(value))
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, one]) => mayStand(one))
        .map(([name, one]) => [name, each(one)]),
    );
  if (inLists.has(key) && Array.isArray(value)) return value.filter(mayStand).map(each);
  if (alone.has(key)) return Array.isArray(value) ? value.filter(mayStand).map(each) : mayStand(value) ? each(value) : undefined;
  if (key === 'required' && Array.isArray(value) && isSchema(parent.properties)) {
    const { properties } = parent;
    return value.filter((name) => !(typeof name === 'string' && Object.hasOwn(properties, name)) || mayStand(properties[name]));
  }
  return value;
};

/** What stands beside a reference counts over what it refers to. One that leads nowhere near is anything: none is fetched. */
const inline = (ref: string, { $ref: _, ...beside }: Schema, context: Context, depth: number): Record<string, unknown> => {
  const target = depth < deepestRef && context.left.refs-- > 0 ? find(ref, context.root) : undefined;
  return { ...(target && adapt(target, context, depth + 1)), ...adapt(beside, context, depth) };
};

/** `#/$defs/Name`, a JSON pointer into the same schema. */
const find = (ref: string, root: Schema): Schema | undefined => {
  if (ref !== '#' && !ref.startsWith('#/')) return undefined;
  const path = ref.split('/').slice(1).map(decodePointer);
  const found = path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Schema)[name] : undefined),
    root,
  );
  return isSchema(found) ? found : undefined;
};

const decodePointer = (part: string): string => {
  const plain = part.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
};
