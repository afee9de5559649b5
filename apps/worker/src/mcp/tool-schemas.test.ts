import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createToolSchemas } from './tool-schemas.ts';

const pay = {
  inputSchema: {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: { amount: { type: 'number', minimum: 1 }, to: { $ref: '#/definitions/person' } },
    required: ['amount'],
    definitions: { person: { enum: ['Ada', 'Grace'] } },
  },
  outputSchema: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
};
const taking = (inputSchema: Record<string, unknown>) => ({ inputSchema: { type: 'object', ...inputSchema } });
const result = (structuredContent: unknown, isError = false) => ({ content: [], structuredContent, isError });

describe('arguments', () => {
  const schemas = createToolSchemas();

  it.each([
    [{ amount: 2, to: 'Ada', more: true }, undefined],
    [{ amount: 2, to: null }, undefined],
    [{ amount: null }, 'arguments/amount must be number'],
    [{}, "arguments must have required property 'amount'"],
    [{ amount: '2' }, 'arguments/amount must be number'],
    [{ amount: 0, to: 'Eve' }, 'arguments/amount must be >= 1, arguments/to must be equal to one of the allowed values'],
  ])('%j against the schema: %s', (args, fault) => {
    expect(schemas.argumentFault(pay, args)).toBe(fault);
  });

  it.each([
    [
      '2020-12',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', properties: { a: { prefixItems: [{ type: 'null' }] } } },
    ],
    ['draft-07', { $schema: 'http://json-schema.org/draft-07/schema#', properties: { a: { items: [{ type: 'null' }] } } }],
    ['no dialect', { properties: { a: { prefixItems: [{ type: 'null' }] } } }],
  ])('are read in the dialect of their schema: %s', (_, schema) => {
    expect(schemas.argumentFault(taking(schema), { a: [1] })).toBe('arguments/a/0 must be null');
  });

  it('are compared with the schema of their own tool where two share an id', () => {
    const shared = (type: string) => taking({ $id: 'https://example.test/input', properties: { a: { type } } });

    const faults = [shared('string'), shared('number')].map((tool) => schemas.argumentFault(tool, { a: 'text' }));

    expect(faults).toEqual([undefined, 'arguments/a must be number']);
  });

  it('have their fault told in a bounded text', () => {
    const required = Array.from({ length: 1_000 }, (_, index) => `property-${index}`);

    expect(schemas.argumentFault(taking({ required }), {})?.length).toBe(1_000);
  });
});

describe('a schema that cannot be checked', () => {
  it.each([
    ['of an unknown dialect', { $schema: 'https://example.test/dialect' }, /unsupported dialect/],
    ['that is no schema', { properties: { a: { type: 'strnig' } } }, /type must be/],
    ['with a pattern that may take for ever', { properties: { a: { pattern: '^(a+)+$' } } }, /may take for ever/],
    ['with such a pattern for names', { properties: { a: { patternProperties: { '(x|x)*y': {} } } } }, /may take for ever/],
    ['that is too long', { description: 'x'.repeat(300_000) }, /longer than/],
  ])('%s lets everything through, and says why', (_, schema, why) => {
    const schemas = createToolSchemas();

    expect(schemas.argumentFault(taking(schema), { a: `${'a'.repeat(40)}!` })).toBeUndefined();
    expect(schemas.faults(taking(schema))).toEqual([expect.stringMatching(why)]);
  });

  it('points to another server, which is never asked', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.end('{"type":"string"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const $ref = `http://127.0.0.1:${(server.address() as AddressInfo).port}/schema.json`;
    const schemas = createToolSchemas();

    const faults = schemas.faults(taking({ properties: { a: { $ref } } }));
    const fault = schemas.argumentFault(taking({ properties: { a: { $ref } } }), { a: 1 });
    await new Promise((resolve) => server.close(resolve));

    expect(faults).toEqual([expect.stringContaining("can't resolve reference")]);
    expect([fault, requests]).toEqual([undefined, 0]);
  });
});

describe('a result', () => {
  const schemas = createToolSchemas();

  it.each([
    ['that fits', result({ id: 1 }), undefined],
    ['that does not', result({ id: 'one' }), /output schema: structuredContent\/id must be integer$/],
    ['that lacks what the schema describes', { content: [], isError: false }, /no structured content/],
    ['that is an error', { content: [], isError: true }, undefined],
  ])('%s', (_, given, fault) => {
    const found = schemas.resultFault(pay, given);
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(fault);
  });

  it('of a tool without an output schema may be anything', () => {
    expect(schemas.resultFault({}, result('anything'))).toBeUndefined();
  });
});
