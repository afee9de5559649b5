// The fields of an elicitation's schema (flat, of plain values, as MCP has it), and what a typed line means for each.

interface Property {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly { readonly const?: unknown; readonly title?: string }[];
  readonly items?: Property & { readonly anyOf?: Property['oneOf'] };
}

export interface Field {
  readonly name: string;
  readonly prompt: string;
  readonly isRequired: boolean;
  readonly type: string;
  readonly options: readonly string[];
  readonly preset: unknown;
}

/** In the order of the schema. */
export const fieldsOf = (schema: unknown): readonly Field[] => {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, Property>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => {
    const { type = 'string', title, description, default: preset } = property;
    const options = optionsOf(property);
    const isRequired = required.includes(name);
    const notes = [
      options.length > 0 ? options.join(' | ') : type === 'boolean' ? 'yes | no' : type,
      ...(preset === undefined ? [] : [`Enter: ${JSON.stringify(preset)}`]),
      ...(isRequired || preset !== undefined ? [] : ['Enter: none']),
      ...(type === 'array' ? ['several with commas'] : []),
    ];
    const words = [title ?? name, description].filter((part) => part !== undefined).join(': ');
    return { name, prompt: `${words} (${notes.join('; ')})`, isRequired, type, options, preset };
  });
};

const optionsOf = ({ enum: values, oneOf, items }: Property): readonly string[] => {
  if (items !== undefined) return optionsOf({ ...items, ...(items.anyOf && { oneOf: items.anyOf }) });
  return (values ?? oneOf?.map((option) => option.const) ?? []).map(String);
};

export type ReadValue = { readonly value: unknown } | { readonly problem: string };

/** An empty line takes the preset, or leaves a field out that need not be given. */
export const readField = ({ type, options, preset, isRequired }: Field, text: string): ReadValue => {
  if (text === '') {
    if (preset !== undefined) return { value: preset };
    return isRequired ? { problem: 'This must be answered.' } : { value: undefined };
  }
  if (type === 'array') {
    const values = text.split(',').map((value) => value.trim());
    const wrong = values.find((value) => options.length > 0 && !options.includes(value));
    return wrong === undefined ? { value: values } : { problem: `${wrong} is not one of: ${options.join(', ')}` };
  }
  if (options.length > 0) return options.includes(text) ? { value: text } : { problem: `One of: ${options.join(', ')}` };
  if (type === 'boolean') return readYesOrNo(text);
  if (type === 'number' || type === 'integer') {
    const value = Number(text);
    const isRight = Number.isFinite(value) && (type === 'number' || Number.isInteger(value));
    return isRight ? { value } : { problem: type === 'integer' ? 'A whole number.' : 'A number.' };
  }
  return { value: text };
};

const readYesOrNo = (text: string): ReadValue => {
  if (/^(y|yes|true)$/i.test(text)) return { value: true };
  return /^(n|no|false)$/i.test(text) ? { value: false } : { problem: 'yes or no.' };
};
