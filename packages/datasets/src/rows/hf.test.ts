import { aConversation, aTool } from '@turnlog/core/testing';
import { describe, expect, it } from 'vitest';
import { aFamily, aFork, alone, forkOf, rowOptions } from '../testing/a-family.ts';
import { projectFamily } from './project-family.ts';
import type { Family, Row, RowOptions } from './projection.ts';
import { validateRow } from './row-schema.ts';

const hf = (family: Family, options: Partial<RowOptions> = {}) => {
  const { rows, excluded } = projectFamily('hf', family, { ...rowOptions, ...options });
  for (const { row } of rows) expect(validateRow('hf', row)).toEqual([]);
  return { rows, excluded, messages: rows.map(({ row }) => (row.messages as Row[]).map(({ content }) => content)) };
};

const read = aTool('read');
const one = aConversation({ systemPrompt: 'Be brief.' })
  .withTools([read])
  .withTurn('one')
  .answered({ reasoning: 'Look first.', calls: [['read', '{}']] })
  .returned('call_1_1', 'alpha')
  .answered({ content: 'It says alpha.', reasoning: 'Done.' });

describe('an hf row', () => {
  it('is a whole conversation, with all reasoning that was recorded', () => {
    const { rows, messages } = hf(alone(one));
    expect(messages).toEqual([['Be brief.', 'one', '', 'alpha', 'It says alpha.']]);
    const reasoning = rows.flatMap(({ row }) => (row.messages as Row[]).flatMap((message) => message.reasoning_content ?? []));
    expect(reasoning).toEqual(['Look first.', 'Done.']);
    expect(rows[0]).toMatchObject({ id: rows[0]?.conversation, fromVersion: 1, toVersion: one.state.version });
  });

  it('ends with what was answered: words that nobody heard are left out', () => {
    expect(hf(alone(one.withTurn('and?').cancelled())).messages[0]).toHaveLength(5);
  });

  it('is left out where its tools changed between two answers', () => {
    const { excluded } = hf(
      alone(
        one
          .withTools([read, aTool('write')])
          .withTurn('two')
          .answered({ content: '2' }),
      ),
    );
    expect(excluded).toEqual({ tools_changed: 1 });
  });

  it('is left out for any answer in it that is no example', () => {
    const rated = one.handling({ type: 'GiveFeedback', feedback: { turn: 1, rating: -1 } });
    expect(hf(alone(rated)).excluded).toEqual({ low_rating: 1 });
    expect(hf(alone(one.withTurn('go on').answered({ calls: [['read', '{}']] }))).excluded).toEqual({ unknown_outcome: 1 });
  });

  it('does not show a turn that was rolled back', () => {
    const story = one.withTurn('no').withTurn('two', 'rollback').answered({ content: '2' });
    expect(hf(alone(story)).messages[0]?.slice(-2)).toEqual(['two', '2']);
    const nothing = aConversation().withTurn('no').answered({ content: '1' });
    expect(hf(alone(nothing)).rows).toHaveLength(1);
  });

  it('is the fork alone where the fork supersedes, and both where it does not', () => {
    const parent = one.withTurn('two').answered({ content: 'badly' });
    const superseding = forkOf(one, { input: 'two', supersede: true }).answered({ content: 'well' });
    const family = aFamily(...alone(parent).members, aFork('f', superseding, one));
    expect(hf(family).messages).toEqual([['Be brief.', 'one', '', 'alpha', 'It says alpha.', 'two', 'well']]);
    expect(hf(family).excluded).toEqual({ superseded: 1 });
    expect(hf(family, { includeSuperseded: true }).rows).toHaveLength(2);
    const sibling = forkOf(one, { input: 'two' }).answered({ content: 'otherwise' });
    expect(hf(aFamily(...alone(parent).members, aFork('f', sibling, one))).rows).toHaveLength(2);
  });

  it('is none for a fork that said nothing itself', () => {
    expect(hf(aFamily(...alone(one).members, aFork('f', forkOf(one), one))).rows).toHaveLength(1);
  });
});
