import { describe, expect, it } from 'vitest';
import { adaptSchema } from './tool-schema.ts';

const object = (properties: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
  type: 'object',
  properties,
  ...rest,
});

describe('the schema of a tool, for every model', () => {
  it('says of what an array is, at any depth', () => {
    const schema = object({
      a: { type: 'array' },
      b: { anyOf: [{ type: ['array', 'null'] }, { type: 'array', items: { type: 'string' } }] },
      c: { type: 'array', prefixItems: [{ type: 'array' }] },
    });

    expect(adaptSchema(schema, {})).toEqual(
      object({
        a: { type: 'array', items: {} },
        b: {
          anyOf: [
            { type: ['array', 'null'], items: {} },
            { type: 'array', items: { type: 'string' } },
          ],
        },
        c: { type: 'array', prefixItems: [{ type: 'array', items: {} }] },
      }),
    );
  });

  it('loses what is no schema, and asks for it no longer', () => {
    const schema = object({ a: { type: 'string' }, b: null, c: 'text', d: true }, { required: ['a', 'b', 'e'], items: 3 });

    expect(adaptSchema(schema, {})).toEqual(object({ a: { type: 'string' }, d: true }, { required: ['a', 'e'] }));
  });

  it('keeps data that looks like a schema, and the order of keys', () => {
    const schema = object(
      { a: { default: { type: 'array' }, enum: [{ type: 'array' }], const: null, description: 'x' } },
      { $defs: { X: {} }, additionalProperties: false },
    );

    expect(JSON.stringify(adaptSchema(schema, {}))).toBe(JSON.stringify(schema));
  });
});

describe('where the profile asks for it', () => {
  it('formats and patterns are left out, save for properties of that name', () => {
    const schema = object({
      format: { type: 'string', format: 'uri' },
      pattern: { anyOf: [{ type: 'string', pattern: '^a' }, { enum: ['pattern'] }] },
    });

    expect(adaptSchema(schema, { dropFormats: true })).toEqual(
      object({ format: { type: 'string' }, pattern: { anyOf: [{ type: 'string' }, { enum: ['pattern'] }] } }),
    );
  });

  it('local references are written in their place, and what stands beside them counts', () => {
    const schema = object(
      {
        a: { $ref: '#/$defs/P~1x', description: 'mine' },
        b: { type: 'array', items: { $ref: '#/definitions/Q%20q' } },
      },
      {
        $defs: { 'P/x': { type: 'string', description: 'theirs' } },
        definitions: { 'Q q': object({ p: { $ref: '#/$defs/P~1x' } }) },
      },
    );

    expect(adaptSchema(schema, { inlineRefs: true })).toEqual(
      object({
        a: { type: 'string', description: 'mine' },
        b: { type: 'array', items: object({ p: { type: 'string', description: 'theirs' } }) },
      }),
    );
  });

  it.each(['https://schemas.test/x.json', '#/$defs/Missing', '#anchor', '#/$defs/Text/type'])('%s becomes anything', (ref) => {
    const schema = object({ a: { $ref: ref, title: 'A' } }, { $defs: { Text: { type: 'string' } } });

    expect(adaptSchema(schema, { inlineRefs: true })).toEqual(object({ a: { title: 'A' } }));
  });

  it('a schema that refers to itself ends', () => {
    const schema = object({ child: { $ref: '#' } });

    const depthOf = (value: unknown): number => {
      const { properties } = value as { properties?: { child: unknown } };
      return properties === undefined ? 0 : 1 + depthOf(properties.child);
    };
    expect(depthOf(adaptSchema(schema, { inlineRefs: true }))).toBe(7);
  });

  it('a schema that doubles with every reference stays small', () => {
    const two = (name: string) => ({ $ref: `#/$defs/${name}` });
    const $defs = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `d${index}`,
        object(Object.fromEntries(Array.from({ length: 8 }, (_item, place) => [`p${place}`, two(`d${index + 1}`)]))),
      ]),
    );

    const adapted = adaptSchema(object({ a: two('d0') }, { $defs }), { inlineRefs: true });

    expect(JSON.stringify(adapted).length).toBeLessThan(100_000);
  });
});
