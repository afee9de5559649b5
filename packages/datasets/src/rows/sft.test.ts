import { fold, historyFault, parseArguments, type Recorded, toModelRequest } from '@turnlog/core';
import { aConversation, aTool, eventsOf, generateHistory, plainProfile, someSettings } from '@turnlog/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aFamily, aFork, alone, forkOf, rowOptions } from '../testing/a-family.ts';
import { projectFamily } from './project-family.ts';
import type { Family, Projection, Row, RowOptions } from './projection.ts';
import { validateRow } from './row-schema.ts';

const sft = (family: Family, options: Partial<RowOptions> = {}): Projection =>
  projectFamily('sft', family, { ...rowOptions, ...options });
const rowsOf = (family: Family, options: Partial<RowOptions> = {}): readonly Row[] =>
  sft(family, options).rows.map(({ row }) => row);
const countOf = ({ rows, excluded }: Projection): number =>
  rows.length + Object.values(excluded).reduce((sum, count) => sum + count, 0);
const answersIn = (events: readonly Recorded[]): number => events.filter(({ type }) => type === 'ModelResponded').length;

const read = aTool('read', { trusted: true, annotations: { readOnlyHint: true } });
const pay = aTool('pay', { approval: 'ask' });
const reasoning = { ...plainProfile, sendReasoning: 'reasoning_content' as const };
const thinking = () => aConversation({ model: { ...someSettings().model, profile: reasoning }, systemPrompt: 'Be brief.' });

const twoTurns = thinking()
  .withTools([read])
  .withTurn('What is in a?')
  .answered({ content: null, reasoning: 'I must look.', calls: [['read', '{"path":"a","n":1.0}']] })
  .returned('call_1_1', 'alpha')
  .answered({ content: 'It says alpha.', reasoning: 'Found it.' })
  .withTurn('Thanks.')
  .answered({ content: 'You are welcome.' });

describe('an sft row', () => {
  it('stands for every assistant step, with what the model saw before it', () => {
    const rows = rowsOf(alone(twoTurns));
    expect(rows).toHaveLength(3);
    expect(rows[1]).toEqual({
      id: '00000000-0000-4000-8000-000000000001:12',
      conversation: '00000000-0000-4000-8000-000000000001',
      turn: 1,
      model: 'acme/small-1',
      timestamp: '2026-01-01T00:00:00.000Z',
      tags: [],
      prompt: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'What is in a?' },
        {
          role: 'assistant',
          content: '',
          reasoning_content: 'I must look.',
          tool_calls: [{ id: 'call_1_1', type: 'function', function: { name: 'read', arguments: { path: 'a', n: 1 } } }],
        },
        { role: 'tool', content: 'alpha', tool_call_id: 'call_1_1', name: 'read' },
      ],
      completion: [{ role: 'assistant', content: 'It says alpha.', reasoning_content: 'Found it.' }],
      tools: [
        {
          type: 'function',
          function: { name: 'read', description: 'Does read.', parameters: read.inputSchema },
        },
      ],
      chat_template_kwargs: { enable_thinking: true },
    });
  });

  it('shows reasoning where the request sent it: in the open turn, and no longer after it', () => {
    const [, , third] = rowsOf(alone(twoTurns));
    expect(JSON.stringify(third?.prompt)).not.toContain('reasoning_content');
    expect(third?.chat_template_kwargs).toEqual({ enable_thinking: false });
    expect(JSON.stringify(rowsOf(alone(twoTurns), { promptReasoning: 'all' })[2]?.prompt)).toContain('I must look.');
    expect(JSON.stringify(rowsOf(alone(twoTurns), { promptReasoning: 'none' })[1]?.prompt)).not.toContain('I must look.');
  });

  it('has the tools of its own step, without nulls, and none as an empty list', () => {
    const later = aTool('write', {
      inputSchema: { type: 'object', properties: { mode: { enum: ['w', null], default: null } } },
    });
    const story = aConversation()
      .withTurn('one')
      .answered({ content: '1' })
      .withTools([later])
      .withTurn('two')
      .answered({ content: '2' });
    expect(rowsOf(alone(story)).map(({ tools }) => tools)).toEqual([
      [],
      [
        {
          type: 'function',
          function: {
            name: 'write',
            description: 'Does write.',
            parameters: { type: 'object', properties: { mode: { enum: ['w'] } } },
          },
        },
      ],
    ]);
  });

  it('shows a tool result as it was cut for the model', () => {
    const story = aConversation({ truncate: 4 })
      .withTools([read])
      .withTurn('go')
      .answered({ calls: [['read', '{}']] })
      .returned('call_1_1', 'much too long')
      .answered({ content: 'ok' });
    expect(rowsOf(alone(story))[1]?.prompt).toContainEqual({
      role: 'tool',
      content: 'much\n[truncated: 4 of 13 characters]',
      tool_call_id: 'call_1_1',
      name: 'read',
    });
  });

  it('has the keys of its messages in one order', () => {
    const keys = new Set(
      rowsOf(alone(twoTurns)).flatMap(({ prompt, completion }) =>
        [...(prompt as Row[]), ...(completion as Row[])].map((message) => Object.keys(message).join()),
      ),
    );
    expect([...keys].sort()).toEqual([
      'role,content',
      'role,content,reasoning_content',
      'role,content,reasoning_content,tool_calls',
      'role,content,tool_call_id,name',
      'role,content,tool_calls',
    ]);
  });

  it('trains the call that was executed, and shows it in every later prompt', () => {
    const asked = aConversation()
      .withTools([pay])
      .withTurn('go')
      .answered({ calls: [['pay', '{"sum":100}']] });
    const digest = asked.state.turn?.steps[0]?.digest ?? '';
    const edited = asked
      .decided('call_1_1', { decision: 'edit', digest, arguments: '{"sum":10}' })
      .returned('call_1_1', 'paid')
      .answered({ content: 'Paid 10.' });
    const [first, second] = rowsOf(alone(edited));
    const call = {
      role: 'assistant',
      content: '',
      tool_calls: [expect.objectContaining({ function: { name: 'pay', arguments: { sum: 10 } } })],
    };
    expect(first?.completion).toEqual([call]);
    expect(second?.prompt).toContainEqual(call);
  });

  it.each<[string, string]>([
    ['tags', '<think>\nI must look.\n</think>\n\nAlpha.'],
    ['a closing tag alone', 'I must look.</think>Alpha.'],
  ])(
    'trains reasoning as reasoning where it stands in the content between %s, and shows it in prompts as it was sent',
    (_, content) => {
      const story = aConversation().withTurn('a?').answered({ content }).withTurn('b?').answered({ content: 'Beta.' });
      const [first, second] = rowsOf(alone(story));
      expect(first?.completion).toEqual([
        { role: 'assistant', content: 'Alpha.', reasoning_content: expect.stringContaining('I must look.') },
      ]);
      expect(first?.chat_template_kwargs).toEqual({ enable_thinking: true });
      expect(second?.prompt).toContainEqual({ role: 'assistant', content });
    },
  );

  it('holds tools and arguments as text for old readers, as the model wrote it', () => {
    const [first] = rowsOf(alone(twoTurns), { compat: 'strings' });
    expect(JSON.parse(String(first?.tools))).toHaveLength(1);
    expect(JSON.stringify(first?.completion)).toContain(JSON.stringify('{"path":"a","n":1.0}'));
  });
});

describe('the rows of a conversation', () => {
  const generated = fc
    .array(fc.record({ kind: fc.nat(15), a: fc.nat(50), b: fc.nat(50), ms: fc.nat(3_000) }), { minLength: 20, maxLength: 120 })
    .map((moves) => eventsOf(generateHistory(moves)));

  it('and those left out are as many as its assistant steps, whatever happened', () => {
    fc.assert(
      fc.property(generated, (events) => {
        const projection = sft(alone({ events }));
        expect(countOf(projection)).toBe(answersIn(events));
        expect(projection.rows.flatMap(({ row }) => validateRow('sft', row))).toEqual([]);
        expect(new Set(projection.rows.map(({ id }) => id)).size).toBe(projection.rows.length);
      }),
      { numRuns: 100 },
    );
  });

  it('show in every prompt exactly what was sent, valid for a provider', () => {
    fc.assert(
      fc.property(generated, (events) => {
        const { rows } = sft(alone({ events }), { includeSuperseded: true, compat: 'strings' });
        for (const { row, toVersion } of rows) {
          const version = Number(String(row.id).split(':').at(-1));
          const sent = requestBefore(events, version);
          expect((row.prompt as Row[]).map(asSent)).toEqual(sent);
          expect(historyFault(row.prompt as never)).toBeUndefined();
          expect(validateRow('sft', row, { compat: 'strings' })).toEqual([]);
          expect(toVersion).toBeGreaterThanOrEqual(version);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('share the messages they have in common: a long conversation costs no more than its rows', () => {
    const long = Array.from({ length: 40 }).reduce<typeof twoTurns>(
      (story, _, index) => story.withTurn(`And ${index}?`).answered({ content: `It is ${index}.` }),
      twoTurns,
    );
    const rows = rowsOf(alone(long), { promptReasoning: 'none' });
    const messages = new Set(rows.flatMap(({ prompt }) => prompt as Row[]));
    expect(rows).toHaveLength(43);
    expect(rows.at(-1)?.prompt).toHaveLength(messages.size);
    expect(new Set(rows.map(({ tools }) => tools)).size).toBe(1);
  });

  it('are the same from the same events', () => {
    fc.assert(
      fc.property(generated, (events) => {
        expect(JSON.stringify(sft(alone({ events: structuredClone(events) })))).toBe(JSON.stringify(sft(alone({ events }))));
      }),
      { numRuns: 20 },
    );
  });
});

/** The messages that were sent for the answer at this version, without what only arguments as objects cannot show. */
const requestBefore = (events: readonly Recorded[], version: number): readonly unknown[] => {
  const { step } = (events[version - 1] as Extract<Recorded, { type: 'ModelResponded' }>).data;
  const start = events.slice(0, version).findLast(({ type, data }) => type === 'AttemptStarted' && data.step === step);
  const body = toModelRequest(fold(events.slice(0, (start?.version ?? 1) - 1)));
  return (JSON.parse(body ?? '{}') as { messages: Record<string, unknown>[] }).messages.map(asSent);
};
const asSent = ({ name: _, ...message }: Record<string, unknown>): unknown =>
  JSON.parse(JSON.stringify(message), (key, value: unknown) =>
    key === 'arguments' ? parseArguments(String(value)) : value,
  ) as unknown;

describe('a fork', () => {
  const prefix = aConversation().withTurn('one').answered({ content: '1' });
  const parent = prefix.withTurn('two').answered({ content: 'two, badly' });
  const fork = forkOf(prefix, { input: 'two' }).answered({ content: 'two, well' });

  it('trains only what it recorded itself: each answer is trained once', () => {
    const { rows } = sft(aFamily(aFork('f', fork, prefix), ...alone(parent).members));
    expect(rows.map(({ row }) => (row.completion as Row[])[0]?.content)).toEqual(['1', 'two, badly', 'two, well']);
    expect(rows.map(({ conversation }) => conversation)).toEqual([...Array(2).fill(rows[0]?.conversation), 'f']);
    expect(rows[2]?.row.prompt).toHaveLength(3);
  });

  it('that supersedes leaves what its ancestors did after its point', () => {
    const left = forkOf(prefix, { input: 'two', supersede: true }).answered({ content: 'two, well' });
    const again = forkOf(prefix, { input: 'two', supersede: true }, 'f').answered({ content: 'two, best' });
    const family = aFamily(
      ...alone(parent).members,
      aFork('f', left, prefix),
      aFork('g', again, prefix, { parent: { id: 'f', at: prefix.state.version } }),
    );
    const { rows, excluded } = sft(family);
    expect(rows.map(({ row }) => (row.completion as Row[])[0]?.content)).toEqual(['1', 'two, best']);
    expect(excluded).toEqual({ superseded: 2 });
    expect(sft(family, { includeSuperseded: true }).rows).toHaveLength(4);
  });

  it('does not leave a branch that its own parent was not on', () => {
    const branch = forkOf(prefix, { input: 'aside' }).answered({ content: 'a' });
    const longer = branch.withTurn('more').answered({ content: 'b' });
    const left = forkOf(branch, { input: 'other', supersede: true }, 'f').answered({ content: 'c' });
    const family = aFamily(
      ...alone(parent.withTurn('x').answered({ content: 'x' }).withTurn('y').answered({ content: 'y' })).members,
      aFork('f', longer, prefix),
      aFork('g', left, branch, { parent: { id: 'f', at: branch.state.version } }),
    );
    expect(sft(family).excluded).toEqual({ superseded: 1 });
  });

  it('may be told what was bad in what it shares: then its parent does not train it, nor does a sibling show it as good', () => {
    const feedback = { type: 'GiveFeedback', feedback: { turn: 1, rating: -1 } } as const;
    const family = aFamily(...alone(parent).members, aFork('f', fork.handling(feedback), prefix));
    expect(sft(family).excluded).toEqual({ low_rating: 1 });
    expect(projectFamily('hf', family, rowOptions).excluded).toEqual({ low_rating: 2 });
    const ofItsOwn = { type: 'GiveFeedback', feedback: { turn: 2, rating: -1 } } as const;
    expect(sft(aFamily(...alone(parent).members, aFork('f', fork.handling(ofItsOwn), prefix))).excluded).toEqual({
      low_rating: 1,
    });
    expect(sft(aFamily(...alone(parent).members, aFork('f', fork.handling(ofItsOwn), prefix))).rows.map(({ id }) => id)).toEqual(
      sft(alone(parent)).rows.map(({ id }) => id),
    );
  });

  it('is read and not exported where the filters left it out', () => {
    const left = forkOf(prefix, { input: 'two', supersede: true }).answered({ content: 'two, well' });
    const { rows, excluded } = sft(aFamily(...alone(parent).members, aFork('f', left, prefix, { isSelected: false })));
    expect(rows).toHaveLength(1);
    expect(excluded).toEqual({ superseded: 1 });
  });
});
