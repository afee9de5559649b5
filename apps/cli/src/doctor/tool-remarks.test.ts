import { aTool } from '@turnlog/core/testing';
import { describe, expect, it } from 'vitest';
import { remarksOn, remarksOnAll } from './tool-remarks.ts';

const object = (properties: unknown, rest: object = {}) => ({ inputSchema: { type: 'object', properties, ...rest } });

describe('a listed tool', () => {
  it('that a model can use well is not remarked on', () => {
    const tool = aTool('read', object({ path: { type: 'string', default: { $ref: 'x' } }, all: true }));

    expect(remarksOn(tool)).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ['a name of the engine', { tool: 'read.file' }, /^read\.file is called read for the model/],
    ['no description', { description: '' }, /has no description/],
    ['a long description', { description: 'x'.repeat(5_000) }, /5000 characters/],
    ['no parameters', { inputSchema: { type: 'object' } }, /names no parameters/],
    ['a long schema', object({ a: { enum: ['x'.repeat(17_000)] } }), /a schema of \d+ characters/],
    ['an array of nothing', object({ a: { anyOf: [{ type: ['array', 'null'] }] } }), /: a is an array of nothing/],
    ['a broken property', object({ a: { properties: { b: 'text' } } }), /: the schema of a\.b is none \("text"\)/],
    ['a local reference', object({ a: { items: { $ref: '#/$defs/A' } } }), /: a refers to #\/\$defs\/A: .*inlineRefs/],
    [
      'a remote reference',
      object({ a: { $ref: 'https://s.test/a' } }),
      /: a refers to https:\/\/s\.test\/a, which nobody fetches/,
    ],
    ['two hints that exclude each other', { annotations: { readOnlyHint: true, destructiveHint: true } }, /neither is believed/],
  ])('with %s is', (_, changed, remark) => {
    expect(remarksOn(aTool('read', changed))).toEqual([expect.stringMatching(remark)]);
  });
});

it('too many tools and silent ones are remarked on once for all', () => {
  const tools = Array.from({ length: 130 }, (_, index) => aTool(`t${index}`, index < 7 ? {} : { annotations: { title: 'x' } }));

  expect(remarksOnAll(tools)).toEqual([
    expect.stringMatching(/^t0, t1, t2, t3, t4 and 2 more: no annotations/),
    expect.stringMatching(/^130 tools: OpenAI takes 128/),
  ]);
});
