// Whether what a person filled in is what a server asked for. MCP keeps these forms flat: an object of plain values, choices
// and lists of choices. What a schema says beyond that is the server's to check.

export type CheckedContent =
  | { readonly ok: true; readonly content: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly message: string };

interface Property {
  readonly type?: unknown;
  readonly default?: unknown;
  readonly enum?: unknown;
  readonly oneOf?: unknown;
  readonly anyOf?: unknown;
  readonly items?: unknown;
  readonly minLength?: unknown;
  readonly maxLength?: unknown;
  readonly pattern?: unknown;
  readonly format?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly minItems?: unknown;
  readonly maxItems?: unknown;
}

/** The content with the defaults of the fields that it leaves out, or what is wrong with it, field by field. */
export const checkElicited = (
  schema: Readonly<Record<string, unknown>> | undefined,
  content: Readonly<Record<string, unknown>>,
): CheckedContent => {
  const properties = new Map(Object.entries(recordOf(schema?.properties)).map(([name, value]) => [name, recordOf(value)]));
  const completed = new Map(Object.entries(content));
  for (const [name, property] of properties)
    if (!completed.has(name) && 'default' in property) completed.set(name, property.default);
  const required = listOf(schema?.required).filter((name) => typeof name === 'string');
  const faults = [
    ...required.filter((name) => !completed.has(name)).map((name) => `${name} is missing`),
    ...[...completed].flatMap(([name, value]) => {
      const property = properties.get(name);
      const fault = property === undefined ? unknownField(properties) : faultOf(property, value);
      return fault === undefined ? [] : [`${name} ${fault}`];
    }),
  ];
  return faults.length === 0
    ? { ok: true, content: Object.fromEntries(completed) }
    : { ok: false, message: `${faults.join('; ')}.` };
};

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const unknownField = (properties: ReadonlyMap<string, unknown>): string =>
  properties.size === 0 ? 'was not asked for: there are no fields' : `was not asked for (${[...properties.keys()].join(', ')})`;

const faultOf = (property: Property, value: unknown): string | undefined => {
  const choices = choicesOf(property);
  if (choices !== undefined && property.type !== 'array')
    return choices.includes(value) ? undefined : `must be one of ${choices.map((each) => JSON.stringify(each)).join(', ')}`;
  switch (property.type) {
    case 'string':
      return typeof value === 'string' ? textFault(property, value) : 'must be text';
    case 'number':
    case 'integer':
      return numberFault(property, value);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'array':
      return Array.isArray(value) ? itemsFault(property, value) : 'must be a list';
    default:
      return undefined;
  }
};

/** A choice is a value of `enum`, or the `const` of one of several schemas. */
const choicesOf = ({ enum: values, oneOf, anyOf }: Property): readonly unknown[] | undefined => {
  if (Array.isArray(values)) return values;
  const titled = listOf(oneOf ?? anyOf).map(recordOf);
  return titled.length > 0 && titled.every((each) => 'const' in each) ? titled.map((each) => each.const) : undefined;
};

const isBelow = (value: number, least: unknown): boolean => typeof least === 'number' && value < least;
const isAbove = (value: number, most: unknown): boolean => typeof most === 'number' && value > most;

const textFault = ({ minLength, maxLength, pattern, format }: Property, text: string): string | undefined => {
  // JSON Schema counts characters, not UTF-16 units.
  const { length } = [...text];
  if (isBelow(length, minLength)) return `must have at least ${minLength} characters`;
  if (isAbove(length, maxLength)) return `must have at most ${maxLength} characters`;
  if (typeof pattern === 'string' && matches(pattern, text) === false) return `must match ${pattern}`;
  if (typeof format === 'string' && formats.get(format)?.(text) === false) return `must be a ${format}`;
  return undefined;
};

/** Undefined where the server's pattern is none. */
const matches = (pattern: string, text: string): boolean | undefined => {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return undefined;
  }
};

const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && isOnCalendar(text);
/** JavaScript takes the 31st of February for a day in March. */
const isOnCalendar = (date: string): boolean => {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day >= 1 && day <= days;
};

const formats: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['email', (text) => /^[^\s@]+@[^\s@]+$/.test(text)],
  ['uri', (text) => /^[a-z][a-z\d+.-]*:\S+$/i.test(text)],
  ['date', isDate],
  [
    'date-time',
    (text) =>
      /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i.test(text) &&
      isOnCalendar(text.slice(0, 10)),
  ],
]);

const numberFault = ({ type, minimum, maximum }: Property, value: unknown): string | undefined => {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
  if (type === 'integer' && !Number.isInteger(value)) return 'must be a whole number';
  if (isBelow(value, minimum)) return `must be at least ${minimum}`;
  return isAbove(value, maximum) ? `must be at most ${maximum}` : undefined;
};

const itemsFault = ({ items, minItems, maxItems }: Property, values: readonly unknown[]): string | undefined => {
  if (isBelow(values.length, minItems)) return `must have at least ${minItems} items`;
  if (isAbove(values.length, maxItems)) return `must have at most ${maxItems} items`;
  const each = recordOf(items);
  const fault = values.map((value) => faultOf(each, value)).find((found) => found !== undefined);
  return fault === undefined ? undefined : `holds an item that ${fault}`;
};
