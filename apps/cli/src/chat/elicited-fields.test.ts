import { expect, it } from 'vitest';
import { type Field, fieldsOf, readField } from './elicited-fields.ts';

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string', description: 'Who you are' },
    age: { type: 'integer' },
    height: { type: 'number', default: 1.8 },
    isSure: { type: 'boolean', title: 'Sure?' },
    colour: { type: 'string', enum: ['red', 'green'] },
    size: { type: 'string', oneOf: [{ const: 's', title: 'Small' }, { const: 'l' }] },
    pets: { type: 'array', items: { anyOf: [{ const: 'cat' }, { const: 'dog' }] } },
  },
  required: ['name', 'isSure'],
};
const fields = Object.fromEntries(fieldsOf(schema).map((field) => [field.name, field]));
const read = (name: string, text: string) => readField(fields[name] as Field, text);

it('asks for each field with what it takes', () => {
  expect(Object.values(fields).map(({ prompt }) => prompt)).toEqual([
    'name: Who you are (string)',
    'age (integer; Enter: none)',
    'height (number; Enter: 1.8)',
    'Sure? (yes | no)',
    'colour (red | green; Enter: none)',
    'size (s | l; Enter: none)',
    'pets (cat | dog; Enter: none; several with commas)',
  ]);
  expect(fieldsOf(undefined)).toEqual([]);
});

it('reads what was typed as the type of the field', () => {
  expect(read('name', 'Ada')).toEqual({ value: 'Ada' });
  expect(read('age', '36')).toEqual({ value: 36 });
  expect(read('height', '1.6')).toEqual({ value: 1.6 });
  expect(read('isSure', 'Yes')).toEqual({ value: true });
  expect(read('isSure', 'n')).toEqual({ value: false });
  expect(read('colour', 'red')).toEqual({ value: 'red' });
  expect(read('pets', 'cat, dog')).toEqual({ value: ['cat', 'dog'] });
});

it('takes an empty line for the preset, for nothing, or for no answer', () => {
  expect(read('height', '')).toEqual({ value: 1.8 });
  expect(read('age', '')).toEqual({ value: undefined });
  expect(read('name', '')).toEqual({ problem: 'This must be answered.' });
});

it.each([
  ['age', '3.5'],
  ['age', 'old'],
  ['height', 'tall'],
  ['isSure', 'perhaps'],
  ['colour', 'blue'],
  ['size', 'Small'],
  ['pets', 'cat, cow'],
])('does not take for %s: %s', (name, text) => {
  expect(read(name, text)).toHaveProperty('problem');
});
