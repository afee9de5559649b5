import { describe, expect, it } from 'vitest';
import { fold } from '../conversation/evolve.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { aConversation } from '../testing/conversation-builder.ts';
import { given, recordAfter, storyId } from '../testing/given.ts';
import { diffConversations } from './conversation-diff.ts';

const parent = aConversation({ systemPrompt: 'Be brief.' })
  .withTurn('one')
  .answered({ content: 'First.' })
  .withTurn('two')
  .answered({ content: 'Second.' }).events;

const forkOf = (change: object, at = parent.length): readonly Recorded[] => {
  const prefix = parent.slice(0, at);
  const { events } = given(...prefix).when({
    type: 'ForkConversation',
    parent: { conversationId: storyId, version: at },
    ...change,
  });
  return [...prefix, ...recordAfter(fold(prefix), events, '2027-01-01T00:00:00.000Z')];
};

const lines = (here: readonly Recorded[], there: readonly Recorded[]): readonly string[] =>
  diffConversations(here, there).messages.map(({ change, message }) => `${change} ${message.content}`);

describe('the difference of two conversations', () => {
  it('is none of a conversation to itself', () => {
    expect(diffConversations(parent, parent)).toMatchObject({ divergesAt: null });
    expect(lines(parent, parent).every((line) => line.startsWith('same '))).toBe(true);
  });

  it('begins where the fork was made', () => {
    const fork = forkOf({ edit: { content: 'other' } });
    expect(diffConversations(parent, fork)).toMatchObject({
      divergesAt: parent.length + 1,
      versions: { here: parent.length, there: parent.length + 3 },
    });
    expect(lines(parent, fork)).toEqual([
      'same Be brief.',
      'same one',
      'same First.',
      'only_here two',
      'only_here Second.',
      'only_there other',
    ]);
    expect(lines(fork, parent).slice(3)).toEqual(['only_here other', 'only_there two', 'only_there Second.']);
  });

  it('finds what is the same behind what is not', () => {
    expect(lines(parent, forkOf({ systemPrompt: 'Be rude.' }))).toEqual([
      'only_here Be brief.',
      'only_there Be rude.',
      ...['one', 'First.', 'two', 'Second.'].map((content) => `same ${content}`),
    ]);
  });

  it('of two forks of one parent begins at the earlier one', () => {
    const [early, late] = [forkOf({ input: 'x' }, 8), forkOf({ input: 'x' })];
    expect(diffConversations(early, late).divergesAt).toBe(9);
  });

  it('of strangers begins at the first version', () => {
    const stranger = aConversation({ systemPrompt: 'Else.' }).withTurn('one').events;
    expect(diffConversations(parent, stranger).divergesAt).toBe(1);
  });
});
