import { describe, expect, it } from 'vitest';
import { parseArguments } from './tool-arguments.ts';

describe('arguments a tool gets', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['an object', '{"a":1}', { a: 1 }],
    ['empty text', '', {}],
    ['blank text', ' \n', {}],
    ['null', 'null', {}],
    ['an object encoded twice', '"{\\"a\\":1}"', { a: 1 }],
    ['empty text encoded twice', '""', {}],
    ['null inside an object', '{"a":null}', { a: null }],
  ])('%s', (_, raw, value) => {
    expect(parseArguments(raw)).toEqual({ ok: true, value });
  });

  it.each([
    ['an array', '[1]', 'The arguments must be a JSON object, not an array.'],
    ['a number', '1', 'The arguments must be a JSON object, not number.'],
    ['an array encoded twice', '"[1]"', 'The arguments must be a JSON object, not an array.'],
    ['text encoded three times', '"\\"{}\\""', 'The arguments must be a JSON object, not string.'],
  ])('%s is refused', (_, raw, message) => {
    expect(parseArguments(raw)).toEqual({ ok: false, message });
  });

  it.each([['{"a":'], ['{a:1}'], ['"hello"'], ['```json\n{}\n```']])('%s is no JSON', (raw) => {
    expect(parseArguments(raw)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^The arguments are not valid JSON: /),
    });
  });
});
