import { describe, expect, it } from 'vitest';
import { examplesOf, type JsonObject } from './examples-of.ts';
import { trapsInRow, trapsInText } from './find-traps.ts';
import { assistant, call, sftRow, user } from './testing/rows.ts';

const trapsOf = (row: JsonObject) => examplesOf('sft', row).flatMap(trapsInRow);
const asked = [user('Add.')];

describe('in the row itself', () => {
  it('finds nothing in what we export, also with null arguments and null defaults', () => {
    expect(trapsOf(sftRow('1', asked, assistant('', { tool_calls: [call('add', { a: null })] })))).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['null_value', sftRow('1', asked, assistant('x', { tool_calls: null }))],
    ['null_value', sftRow('1', [{ role: 'user', content: null }], assistant('x'))],
    [
      'null_value',
      sftRow('1', asked, assistant('x'), { tools: [{ type: 'function', function: { name: 'f', description: null } }] }),
    ],
    ['text_arguments', sftRow('1', asked, assistant('', { tool_calls: [call('add', '{"a": 1}')] }))],
    ['parallel_calls', sftRow('1', asked, assistant('', { tool_calls: [call('add', {}), call('add', {}, 'call1')] }))],
    ['think_in_content', sftRow('1', asked, assistant('Hm.</think>Yes.'))],
  ])('finds %s', (trap, row) => {
    expect(trapsOf(row)).toEqual([trap]);
  });

  it('reads tools that are one JSON text', () => {
    expect(trapsOf(sftRow('1', asked, assistant('x'), { tools: '[{"type": "function", "function": null}]' }))).toEqual([
      'null_value',
    ]);
  });
});

describe('in the text that is trained', () => {
  const said = assistant('It is 3.', { reasoning_content: 'Sum.', tool_calls: [call('add', { place: 'Bad "Urach"', n: 1 })] });
  const whole = '<think>\nSum.\n</think>\n\nIt is 3.\n{"name": "add", "arguments": {"place": "Bad \\"Urach\\"", "n": 1.0}}';

  it('finds nothing missing where all of it is there, escaped or bare', () => {
    expect(trapsInText([said], whole)).toEqual([]);
    expect(trapsInText([said], `${whole.replace('\\"Urach\\"', '"Urach"')}`)).toEqual([]);
  });

  it.each([
    ['calls_lost', whole.replace('add', 'sub')],
    ['arguments_lost', whole.replace('place', 'where')],
    ['arguments_lost', whole.replace('Urach', 'Ulm')],
    ['content_lost', whole.replace('It is 3.', '')],
    ['reasoning_lost', whole.replace('Sum.', '…')],
  ])('finds %s', (trap, text) => {
    expect(trapsInText([said], text)).toEqual([trap]);
  });

  it('finds a thought that the template has added', () => {
    expect(trapsInText([assistant('Yes.')], '<think>\n\n</think>\n\nYes.')).toEqual(['empty_thought']);
  });
});
