import { aConversation, aTool, type ConversationBuilder, storyId } from '@turnlog/core/testing';
import { describe, expect, it } from 'vitest';
import { aFamily, aFork, alone, forkOf, rowOptions } from '../testing/a-family.ts';
import { projectFamily } from './project-family.ts';
import type { Family, Format, Row } from './projection.ts';
import { validateRow } from './row-schema.ts';

const project = (format: Format, family: Family) => {
  const { rows, excluded } = projectFamily(format, family, rowOptions);
  for (const { row } of rows) expect(validateRow(format, row)).toEqual([]);
  return { rows: rows.map(({ row }) => row), excluded };
};
const wordsOf = (messages: unknown): readonly unknown[] => (messages as Row[]).map(({ content }) => content);
const pairsIn = (family: Family) =>
  project('dpo', family).rows.map(({ chosen, rejected }) => [wordsOf(chosen), wordsOf(rejected)].flat());

const prefix = aConversation({ systemPrompt: 'Be brief.' }).withTurn('one').answered({ content: '1' });
const saying = (words: string, from: ConversationBuilder = forkOf(prefix, { input: 'two' })) => from.answered({ content: words });
const rate = (story: ConversationBuilder, feedback: object) =>
  story.handling({ type: 'GiveFeedback', feedback: feedback as never });
const parent = saying('badly', prefix.withTurn('two'));
const familyOf = (first: ConversationBuilder, second: ConversationBuilder, isSelected = true): Family =>
  aFamily(...alone(first).members, aFork('f', second, prefix, { isSelected }));

const pay = aTool('pay', { approval: 'ask' });
const toPay = aConversation()
  .withTools([pay])
  .withTurn('Pay 10.')
  .answered({ calls: [['pay', '{"sum":100}']] });
const digest = toPay.state.turn?.steps[0]?.digest ?? '';
const edited = toPay.decided('call_1_1', { decision: 'edit', digest, arguments: '{"sum":10}' }).returned('call_1_1', 'paid');

describe('a dpo pair', () => {
  it('prefers the answer with the higher rating, where both were asked the same', () => {
    const family = familyOf(rate(parent, { turn: 2, rating: -1 }), rate(saying('well'), { rating: 1 }));
    const { rows } = project('dpo', family);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ conversation: 'f', turn: 2, tools: [], id: expect.stringMatching(/^f:\d+\|0{8}.*:\d+$/) });
    expect(wordsOf(rows[0]?.prompt)).toEqual(['Be brief.', 'one', '1', 'two']);
    expect(pairsIn(family)).toEqual([['well', 'badly']]);
  });

  it('takes an answer that nobody rated for a 0', () => {
    expect(pairsIn(familyOf(parent, rate(saying('well'), { rating: 1 })))).toEqual([['well', 'badly']]);
    expect(pairsIn(familyOf(rate(parent, { turn: 2, rating: -1 }), saying('well')))).toEqual([['well', 'badly']]);
    expect(pairsIn(familyOf(parent, saying('well')))).toEqual([]);
  });

  it('prefers the higher reward, where no rating tells the two apart', () => {
    expect(pairsIn(familyOf(rate(parent, { turn: 2, reward: 0.2 }), rate(saying('well'), { reward: 0.9 })))).toEqual([
      ['well', 'badly'],
    ]);
    const rated = rate(rate(parent, { turn: 2, reward: 0.9 }), { turn: 2, rating: -1 });
    expect(pairsIn(familyOf(rated, rate(saying('well'), { reward: 0.2 })))).toEqual([['well', 'badly']]);
    expect(pairsIn(familyOf(parent, rate(saying('well'), { reward: 0.9 })))).toEqual([]);
  });

  it('is none where the two were asked something else', () => {
    expect(pairsIn(familyOf(parent, rate(saying('well', forkOf(prefix, { input: 'too' })), { rating: 1 })))).toEqual([]);
    const otherTools = rate(saying('well', forkOf(prefix).withTools([pay]).withTurn('two')), { rating: 1 });
    expect(pairsIn(familyOf(parent, otherTools))).toEqual([]);
  });

  it('is none where both did the same', () => {
    expect(pairsIn(familyOf(parent, rate(saying('badly'), { rating: 1 })))).toEqual([]);
  });

  it('keeps what a superseding fork left, as the worse one', () => {
    const left = rate(saying('well', forkOf(prefix, { input: 'two', supersede: true })), { rating: 1 });
    expect(pairsIn(familyOf(parent, left))).toEqual([['well', 'badly']]);
  });

  it('may reject the answer of a conversation that the filters left out, and never chooses it', () => {
    const bad = rate(saying('worse'), { rating: -1 });
    expect(pairsIn(familyOf(parent, bad, false))).toEqual([['badly', 'worse']]);
    expect(pairsIn(familyOf(parent, rate(saying('well'), { rating: 1 }), false))).toEqual([]);
  });

  it('holds a turn that was rolled back beside the one that came in its place', () => {
    const asked = aConversation()
      .withTools([pay])
      .withTurn('go')
      .answered({ content: 'At once.', calls: [['pay', '{}']] })
      .withTurn('go', 'rollback');
    expect(pairsIn(alone(rate(asked.answered({ content: 'Shall I?' }), { turn: 2, rating: 1 })))).toEqual([
      ['Shall I?', 'At once.'],
    ]);
  });

  it('takes a call that a person did not allow for a -1', () => {
    const refused = toPay.decided('call_1_1', { decision: 'reject', reason: 'too much' });
    const before = aConversation().withTools([pay]);
    const asking = forkOf(before, { input: 'Pay 10.' }).answered({ content: 'To whom?' });
    const family = aFamily(...alone(refused).members, aFork('f', asking, before));
    expect(pairsIn(family)).toEqual([['To whom?', '']]);
    expect(project('kto', family).rows.map(({ label }) => label)).toEqual([false]);
  });

  it('prefers the call as a person changed it', () => {
    const { rows } = project('dpo', alone(edited));
    const argumentsOf = (side: unknown) => JSON.stringify(side).match(/"sum":\d+/)?.[0];
    expect(rows.map(({ chosen, rejected }) => [argumentsOf(chosen), argumentsOf(rejected)])).toEqual([['"sum":10', '"sum":100']]);
    const [change, answer] = ['ToolCallEdited', 'ModelResponded'].map(
      (type) => edited.events.find((event) => event.type === type)?.version,
    );
    expect(rows[0]?.id).toBe(`${storyId}:${change}|${storyId}:${answer}`);
  });

  it('prefers what a person says should have been said: in place of the step, or of the last answer of the turn', () => {
    const story = aConversation()
      .withTools([aTool('read')])
      .withTurn('go')
      .answered({ content: 'a', calls: [['read', '{}']] })
      .returned('call_1_1', 'x')
      .answered({ content: 'b' });
    expect(pairsIn(alone(rate(story, { turn: 1, step: 1, correction: 'A' })))).toEqual([['A', 'a']]);
    expect(pairsIn(alone(rate(story, { turn: 1, correction: 'B' })))).toEqual([['B', 'b']]);
    const corrected = rate(rate(story, { correction: 'C' }), { correction: 'D' });
    expect(pairsIn(alone(corrected))).toEqual([['D', 'b']]);
    expect(project('dpo', alone(corrected)).rows[0]?.id).toMatch(new RegExp(`^${storyId}:${corrected.state.version}\\|`));
  });

  it('is counted where what is preferred is no example', () => {
    const story = rate(saying('well', forkOf(prefix, { input: 'two' })), { rating: 1 });
    const nothing = saying(' ', prefix.withTurn('two'));
    expect(project('dpo', familyOf(nothing, story)).excluded).toEqual({ error: 1 });
  });
});

describe('kto rows', () => {
  it('are the answers with a rating: 1 is true, -1 is false, 0 and none are nothing', () => {
    const story = aConversation()
      .withTurn('a')
      .answered({ content: '1' })
      .withTurn('b')
      .answered({ content: '2' })
      .withTurn('c')
      .answered({ content: '3' });
    const { rows } = project(
      'kto',
      alone(rate(rate(rate(story, { rating: 1 }), { turn: 2, rating: -1 }), { turn: 3, rating: 0 })),
    );
    expect(rows.map(({ completion, label }) => [...wordsOf(completion), label])).toEqual([
      ['1', true],
      ['2', false],
    ]);
  });
});

describe('rl rows', () => {
  it('are one group where turns began with the same prompt, each with what it was worth', () => {
    const family = familyOf(
      rate(parent, { turn: 2, rating: -1 }),
      saying('well').handling({ type: 'GiveFeedback', feedback: { turn: 2, rating: 1 } }),
    );
    const { rows } = project('rl', family);
    expect(rows.map(({ conversation, reward }) => [conversation, reward])).toEqual([
      [storyId, undefined],
      [storyId, -1],
      ['f', 1],
    ]);
    expect(rows[1]?.group).toBe(rows[2]?.group);
    expect(rows[0]?.group).not.toBe(rows[1]?.group);
  });

  it('are one group of samples that a batch began at the first version of the first, and pairs by their rewards', () => {
    const begun = aConversation({ systemPrompt: 'Be brief.' });
    const sample = (words: string, reward: number, from = forkOf(begun, { input: 'q' })) =>
      rate(from.answered({ content: words }), { reward, grader: 'exact' });
    const family = aFamily(
      ...alone(sample('bad', 0, begun.withTurn('q'))).members,
      aFork('f', sample('good', 1), begun),
      aFork('g', sample('bad', 0), begun),
    );
    const { rows } = project('rl', family);
    expect(rows.map(({ conversation, reward }) => [conversation, reward])).toEqual([
      [storyId, 0],
      ['f', 1],
      ['g', 0],
    ]);
    expect(new Set(rows.map(({ group }) => group)).size).toBe(1);
    expect(pairsIn(family)).toEqual([
      ['good', 'bad'],
      ['good', 'bad'],
    ]);
  });

  it('hold the whole turn, with tool results and all reasoning', () => {
    const story = aConversation()
      .withTools([aTool('read')])
      .withTurn('go')
      .answered({ reasoning: 'Look.', calls: [['read', '{}']] })
      .returned('call_1_1', 'alpha')
      .answered({ content: 'It says alpha.' });
    const { rows } = project('rl', alone(story.withTurn('more')));
    expect(rows).toHaveLength(1);
    expect(wordsOf(rows[0]?.prompt)).toEqual(['go']);
    expect(wordsOf(rows[0]?.completion)).toEqual(['', 'alpha', 'It says alpha.']);
    expect(rows[0]).not.toHaveProperty('reward');
  });

  it('take the number that a grader gave before a rating: of one grader the last, of several the mean', () => {
    const rewardOf = (...said: readonly object[]) =>
      project('rl', alone(said.reduce<ConversationBuilder>(rate, parent))).rows[1]?.reward;
    expect(rewardOf({ turn: 2, rating: 1 }, { turn: 2, reward: 0.25 })).toBe(0.25);
    expect(rewardOf({ turn: 2, reward: 0, grader: 'a' }, { turn: 2, reward: 1, grader: 'a' })).toBe(1);
    expect(rewardOf({ reward: 0, grader: 'a' }, { reward: 1, grader: 'b' })).toBe(0.5);
    expect(rewardOf({ reward: 0 }, { turn: 1, reward: 1 })).toBe(0);
  });

  it('leave out turns that came to no answer, by reason', () => {
    expect(project('rl', alone(toPay)).excluded).toEqual({ unknown_outcome: 1 });
    expect(project('rl', alone(toPay.cancelled())).excluded).toEqual({ error: 1 });
    expect(project('rl', alone(toPay.withTurn('no', 'rollback'))).excluded).toEqual({ superseded: 1 });
  });
});
