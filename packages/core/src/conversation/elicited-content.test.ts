import { describe, expect, it } from 'vitest';
import { checkElicited } from './elicited-content.ts';

const one = (property: Readonly<Record<string, unknown>>, value: unknown) =>
  checkElicited({ type: 'object', properties: { it: property } }, { it: value });

describe('what a person filled in', () => {
  it.each([
    [{ type: 'string' }, 'text'],
    [{ type: 'string', maxLength: 2 }, '🙂🙂'],
    [{ type: 'string', format: 'email' }, 'ada@example.org'],
    [{ type: 'string', format: 'uri' }, 'https://example.org'],
    [{ type: 'string', format: 'date' }, '2024-02-29'],
    [{ type: 'string', format: 'date-time' }, '2024-02-29T12:00:00Z'],
    [{ type: 'string', format: 'a new one' }, 'text'],
    [{ type: 'string', pattern: '(' }, 'text'],
    [{ type: 'number', minimum: 1, maximum: 2 }, 1.5],
    [{ type: 'integer' }, 3],
    [{ type: 'boolean' }, false],
    [{ type: 'string', enum: ['a', 'b'], enumNames: ['A', 'B'] }, 'b'],
    [{ type: 'string', oneOf: [{ const: 'a', title: 'A' }] }, 'a'],
    [{ type: 'array', items: { type: 'string', enum: ['a', 'b'] }, minItems: 1 }, ['a']],
    [{ type: 'array', items: { anyOf: [{ const: 'a', title: 'A' }] } }, ['a', 'a']],
    [{}, { whatever: 1 }],
  ])('fits %j: %j', (property, value) => {
    expect(one(property, value)).toEqual({ ok: true, content: { it: value } });
  });

  it.each([
    [{ type: 'string' }, 1, 'it must be text.'],
    [{ type: 'string', minLength: 2 }, 'a', 'it must have at least 2 characters.'],
    [{ type: 'string', maxLength: 1 }, 'ab', 'it must have at most 1 characters.'],
    [{ type: 'string', pattern: '^a' }, 'b', 'it must match ^a.'],
    [{ type: 'string', format: 'email' }, 'nobody', 'it must be a email.'],
    [{ type: 'string', format: 'date' }, '2023-02-29', 'it must be a date.'],
    [{ type: 'string', format: 'date-time' }, '2023-01-01', 'it must be a date-time.'],
    [{ type: 'number' }, '1', 'it must be a number.'],
    [{ type: 'integer' }, 1.5, 'it must be a whole number.'],
    [{ type: 'number', minimum: 1 }, 0, 'it must be at least 1.'],
    [{ type: 'number', maximum: 1 }, 2, 'it must be at most 1.'],
    [{ type: 'boolean' }, 'yes', 'it must be true or false.'],
    [{ type: 'string', enum: ['a', 'b'] }, 'c', 'it must be one of "a", "b".'],
    [{ type: 'string', oneOf: [{ const: 'a' }] }, 'b', 'it must be one of "a".'],
    [{ type: 'array', items: { enum: ['a'] } }, 'a', 'it must be a list.'],
    [{ type: 'array', items: { enum: ['a'] } }, ['b'], 'it holds an item that must be one of "a".'],
    [{ type: 'array', minItems: 1 }, [], 'it must have at least 1 items.'],
    [{ type: 'array', maxItems: 0 }, [1], 'it must have at most 0 items.'],
  ])('does not fit %j: %j', (property, value, message) => {
    expect(one(property, value)).toEqual({ ok: false, message });
  });

  it('takes the defaults of what was left out', () => {
    const schema = {
      properties: { a: { type: 'string', default: 'x' }, b: { type: 'boolean', default: false } },
      required: ['a'],
    };

    expect(checkElicited(schema, { b: true })).toEqual({ ok: true, content: { a: 'x', b: true } });
  });

  it('names all that is wrong with it', () => {
    const schema = { properties: { a: { type: 'string' }, b: { type: 'integer' } }, required: ['a'] };

    expect(checkElicited(schema, { b: 'x', c: 1 })).toEqual({
      ok: false,
      message: 'a is missing; b must be a number; c was not asked for (a, b).',
    });
  });

  it('is an object that may have names like __proto__', () => {
    const content = JSON.parse('{"__proto__":"x"}');

    expect(checkElicited({ properties: JSON.parse('{"__proto__":{"type":"string"}}') }, content)).toEqual({ ok: true, content });
    expect(checkElicited(undefined, {})).toEqual({ ok: true, content: {} });
  });
});
