import { describe, expect, it } from 'vitest';
import { aConversation, aTool } from '../testing/conversation-builder.ts';
import { type Graded, type Grader, grade, gradedIn, graderFault, graderName } from './grader.ts';

const graded: Graded = {
  answer: ' It is 42. ',
  calls: [
    { name: 'read', arguments: '{"path":"a", "lines": 1.0}' },
    { name: 'pay', arguments: 'broken' },
  ],
  expected: 'It is 42.',
};
const json = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };

describe('a grader', () => {
  it.each<[Grader, string, boolean]>([
    [{ type: 'exact' }, ' It is 42. ', true],
    [{ type: 'exact', expected: 'it is 42.' }, 'It is 42.', false],
    [{ type: 'exact', expected: 'it is 42.', ignoreCase: true }, 'It is 42.', true],
    [{ type: 'regex', pattern: '\\b42\\b' }, 'It is 42.', true],
    [{ type: 'regex', pattern: '^IT', flags: 'i' }, 'It is 42.', true],
    [{ type: 'regex', pattern: '43' }, 'It is 42.', false],
    [{ type: 'json-schema', schema: json }, '{"n": 1}', true],
    [{ type: 'json-schema', schema: json }, 'Here:\n```json\n{"n": 1}\n```\nDone.', true],
    [{ type: 'json-schema', schema: json }, '{"n": "1"}', false],
    [{ type: 'json-schema', schema: json }, 'one', false],
  ])('%j of %j: %s', (grader, answer, isPassed) => {
    const result = grade(grader, { ...graded, answer });
    expect(result.isPassed).toBe(isPassed);
    expect(result.reason === undefined).toBe(isPassed);
  });

  it.each<[string, Record<string, unknown> | undefined, boolean]>([
    ['read', undefined, true],
    ['read', { path: 'a' }, true],
    ['read', { path: 'a', lines: 1 }, true],
    ['read', { path: 'b' }, false],
    ['read', { toString: 'x' }, false],
    ['pay', undefined, true],
    ['pay', {}, false],
    ['write', undefined, false],
  ])('finds that %s was called with %j: %s', (tool, wanted, isPassed) => {
    const grader: Grader = { type: 'called', tool, ...(wanted && { arguments: wanted }) };
    expect(grade(grader, graded).isPassed).toBe(isPassed);
  });

  it('looks at the last answer and at every call as it was executed', () => {
    const story = aConversation()
      .withTools([aTool('read')])
      .withTurn('go')
      .answered({ content: 'Looking.', calls: [['read', '{"path":"a"}']] })
      .returned('call_1_1', 'alpha')
      .answered({ content: 'alpha' });
    expect(gradedIn(story.state, 'alpha')).toEqual({
      answer: 'alpha',
      calls: [{ name: 'read', arguments: '{"path":"a"}' }],
      expected: 'alpha',
    });
    expect(gradedIn(aConversation().state, undefined)).toEqual({ answer: '', calls: [] });
  });

  it('says what is wrong with itself before it is used', () => {
    expect(graderFault({ type: 'exact' }, true)).toBeUndefined();
    expect(graderFault({ type: 'exact' }, false)).toMatch(/Needs `expected`/);
    expect(graderFault({ type: 'regex', pattern: '(' }, false)).toMatch(/Cannot be used: Invalid regular expression/);
    expect(graderFault({ type: 'json-schema', schema: { type: 'nothing' } }, false)).toMatch(/Cannot be used/);
  });

  it('has a name, its own or that of what it does', () => {
    expect(graderName({ type: 'called', tool: 'read' })).toBe('called read');
    expect(graderName({ type: 'exact', name: 'sums' })).toBe('sums');
  });
});
