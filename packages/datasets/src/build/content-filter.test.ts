import { aConversation, aTool, type ConversationBuilder, claimOf, textResult } from '@turnlog/core/testing';
import { describe, expect, it } from 'vitest';
import { aFamily, aMember } from '../testing/a-family.ts';
import { type ContentFilter, selectedIn } from './content-filter.ts';

const read = aTool('read', { trusted: true, annotations: { readOnlyHint: true } });
const usage = (promptTokens: number, completionTokens: number) => ({ usage: { promptTokens, completionTokens } });
const short = aConversation({ servers: ['web'] })
  .withTurn('Say one.')
  .answered({ content: 'One.', ...usage(10, 2) });
const long = aConversation({ servers: ['files', 'notes'] })
  .withTools([read])
  .withTurn('What is in a.txt?')
  .answered({ content: null, calls: [['read', '{"path":"a.txt"}']], ...usage(20, 5) })
  .returned('call_1_1', 'ALPHA and beta')
  .answered({ content: 'Letters.', reasoning: 'It lists gamma.', ...usage(30, 5) })
  .withTurn('Thanks.')
  .answered({ content: 'With pleasure.', ...usage(40, 0) });

const isSelected = (story: ConversationBuilder, filter: ContentFilter): boolean =>
  selectedIn(aFamily(aMember(story)), filter).members[0]?.isSelected === true;
const chosen = (filter: ContentFilter): string =>
  [isSelected(short, filter) && 'short', isSelected(long, filter) && 'long'].filter(Boolean).join(' ');

describe('a filter by content', () => {
  it.each<[ContentFilter, string]>([
    [{}, 'short long'],
    [{ servers: ['files'] }, 'long'],
    [{ servers: ['notes', 'web'] }, 'short long'],
    [{ servers: ['shell'] }, ''],
    [{ minTurns: 2 }, 'long'],
    [{ maxTurns: 1 }, 'short'],
    [{ minTurns: 1, maxTurns: 2 }, 'short long'],
    [{ minTokens: 13 }, 'long'],
    [{ minTokens: 12, maxTokens: 12 }, 'short'],
    [{ maxTokens: 100 }, 'short long'],
    [{ maxTokens: 99 }, 'short'],
    [{ text: 'alpha' }, 'long'],
    [{ text: 'ONE.' }, 'short'],
    [{ text: 'nowhere' }, ''],
    [{ noErrors: true }, 'short long'],
    [{ text: 'letters', maxTurns: 1 }, ''],
  ])('%o chooses "%s"', (filter, expected) => {
    expect(chosen(filter)).toBe(expected);
  });

  it('for conversations without errors leaves out those in which an attempt, a tool or a turn failed', () => {
    const asked = aConversation().withTools([read]).withTurn('Read.');
    const called = asked.answered({ content: null, calls: [['read', '{}']] }).started('call_1_1');
    const step = called.state.turn?.steps.find(({ call }) => call !== undefined)?.step ?? 0;
    const result = (isError: boolean) =>
      called.handling({
        type: 'RecordToolResult',
        step,
        attempt: 1,
        claim: claimOf(step, 1),
        result: textResult('gone', isError),
      });
    expect(isSelected(result(false), { noErrors: true })).toBe(true);
    expect(isSelected(result(true), { noErrors: true })).toBe(false);
    const refused = asked.failed({ kind: 'unauthorized', message: 'No.' });
    expect(isSelected(refused, { noErrors: true })).toBe(false);
  });

  it('keeps those that it leaves out in their family, as what others are compared with', () => {
    const { members } = selectedIn(aFamily(aMember(short, { id: 'a' }), aMember(long, { id: 'b' })), { minTurns: 2 });
    expect(members.map(({ id, isSelected: is }) => [id, is])).toEqual([
      ['a', false],
      ['b', true],
    ]);
    const unselected = aFamily(aMember(long, { isSelected: false }));
    expect(selectedIn(unselected, { minTurns: 2 }).members[0]?.isSelected).toBe(false);
  });
});
