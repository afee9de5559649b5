import { describe, expect, it } from 'vitest';
import { argumentObject, argumentText } from './argument-values.ts';

describe('arguments as an object', () => {
  it.each<[string, string, unknown]>([
    ['an object', '{"a": [1, null], "b": "x"}', { a: [1, null], b: 'x' }],
    ['nothing, which is no arguments', ' ', {}],
    ['text that was encoded twice', '"{\\"a\\":1}"', { a: 1 }],
    ['1.0, which is 1', '{"a": 1.0, "b": 1e3}', { a: 1, b: 1000 }],
    ['more digits than a fraction can have, as every reader reads them', '{"a": 0.1000000000000000055}', { a: 0.1 }],
    ['the largest integer that is exact', '{"a": 9007199254740992}', { a: 9_007_199_254_740_992 }],
    ['an integer that is written back as it was read', '{"a": -57049191464478090}', { a: JSON.parse('-57049191464478090') }],
    ['long digits in a string', '{"id": "12345678901234567890 \\" 12345678901234567890"}', expect.anything()],
    ['a key of the language itself', '{"__proto__": 1}', JSON.parse('{"__proto__": 1}')],
  ])('holds %s', (_, raw, value) => {
    expect(argumentObject(raw)).toEqual(value);
  });

  it.each<[string, string]>([
    ['broken JSON', '{"a":'],
    ['a list', '[1]'],
    ['an integer that would become its neighbour', '{"id": 12345678901234567890}'],
    ['such an integer deep inside', '{"a":[{"b":-9007199254740993}]}'],
    ['such an integer in text that was encoded twice', '"{\\"a\\":9007199254740993}"'],
    ['a number beyond all numbers', '{"a": 1e999}'],
  ])('does not hold %s', (_, raw) => {
    expect(argumentObject(raw)).toBeUndefined();
  });
});

describe('arguments as text', () => {
  it('are what the model wrote, number by number', () => {
    expect(argumentText('{"a": 1.0, "id": 12345678901234567890}')).toBe('{"a": 1.0, "id": 12345678901234567890}');
  });

  it('are the text of an object where the model wrote something else for one', () => {
    expect(argumentText('')).toBe('{}');
    expect(argumentText('"{\\"a\\":1}"')).toBe('{"a":1}');
    expect(argumentText('{broken')).toBeUndefined();
  });
});
