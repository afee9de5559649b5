import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ComparedAnswer, compareAnswers } from './compare-answers.ts';

const says = (content: string, reasoning?: string): ComparedAnswer => ({ content, calls: [], ...(reasoning && { reasoning }) });
const calls = (...pairs: readonly [string, string][]): ComparedAnswer => ({
  content: '',
  calls: pairs.map(([name, raw]) => ({ name, arguments: raw })),
});
const compare = (original: ComparedAnswer, fresh: ComparedAnswer) => compareAnswers(original, fresh, ['read', 'write']);

describe('comparing a new answer with the recorded one', () => {
  it.each<[string, ComparedAnswer, ComparedAnswer, object]>([
    [
      'the same call, written otherwise',
      calls(['read', '{"a":1,"b":[1,2]}']),
      calls(['read', '{ "b": [1, 2], "a": 1.0 }']),
      { tools: 'same', arguments: 'same', isValid: true, agrees: true },
    ],
    [
      'other arguments',
      calls(['read', '{"a":1}']),
      calls(['read', '{"a":2}']),
      { tools: 'same', arguments: 'different', agrees: false },
    ],
    [
      'parallel calls in another order',
      calls(['read', '{"a":1}'], ['write', '{}']),
      calls(['write', ''], ['read', '{"a":1}']),
      { tools: 'same', arguments: 'same', agrees: true },
    ],
    [
      'one call instead of two',
      calls(['read', '{}'], ['read', '{}']),
      calls(['read', '{}']),
      { tools: 'different', agrees: false },
    ],
    ['words instead of a call', calls(['read', '{}']), says('It is 4.'), { tools: 'different', agrees: false }],
    ['a tool that was not offered', calls(['read', '{}']), calls(['rm', '{}']), { tools: 'different', isValid: false }],
    ['arguments that are no JSON', calls(['read', '{}']), calls(['read', '{"a":']), { arguments: 'different', isValid: false }],
    ['the same words', says('Ünïcode is fine.'), says(' Ünïcode is fine. '), { content: 'same', similarity: 1, agrees: true }],
    ['other words', says('It is four.'), says('It is 4.'), { content: 'different', similarity: 2 / 3, agrees: true }],
    ['no answer', says('It is four.'), says(''), { content: 'different', similarity: 0, agrees: false }],
    ['lost reasoning', says('4', 'two and two'), says('4'), { reasoning: 'only original' }],
    ['reasoning on both sides', says('4', 'a'), says('4', 'b'), { reasoning: 'both' }],
  ])('%s', (_, original, fresh, expected) => {
    expect(compare(original, fresh)).toMatchObject(expected);
  });

  it('is symmetric in likeness, and complete for an answer and itself', () => {
    const answer = fc.record({
      content: fc.string({ unit: 'grapheme' }),
      calls: fc.array(fc.record({ name: fc.constantFrom('read', 'write'), arguments: fc.json() }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(answer, answer, (a, b) => {
        expect(compare(a, b).similarity).toBeCloseTo(compare(b, a).similarity);
        expect(compare(a, a)).toMatchObject({ tools: 'same', content: 'same', similarity: 1, agrees: true });
      }),
    );
  });
});
