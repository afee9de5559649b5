// The conversations that the check is made on: traces of others with all that a template stumbles over, and families in which
// people preferred one branch. Every event is one that `decide` made.

import { modelProfileSchema } from '@turnlog/core';
import { aConversation, aTool, type ConversationBuilder } from '@turnlog/core/testing';
import { type Family, importedEvents, readTrace } from '@turnlog/datasets';
import { aFamily, aFork, alone, aMember, forkOf } from '../../packages/datasets/src/testing/a-family.ts';

const model = {
  name: 'small',
  model: 'acme/small-1',
  params: {},
  profile: modelProfileSchema.parse({ sendReasoning: 'reasoning_content' }),
};

const read = {
  type: 'function',
  function: {
    name: 'read_file',
    description: 'Reads a file.',
    parameters: { type: 'object', properties: { path: { type: 'string' }, lines: { type: 'integer' } }, required: ['path'] },
  },
};

const idOf = (kind: number, number: number): string =>
  `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;

const called = (id: string, args: unknown) => ({
  id,
  type: 'function',
  function: { name: 'read_file', arguments: JSON.stringify(args) },
});

/** As somebody else's program left it: two calls at once, reasoning or none, a system message or none, two turns. */
const traceOf = (number: number): Family => {
  const thinks = (reasoning_content: string) => (number % 3 === 0 ? {} : { reasoning_content });
  const messages = [
    ...(number % 2 === 0 ? [{ role: 'system', content: 'Read before you answer. «Be brief.»' }] : []),
    { role: 'user', content: `What do notes ${number} and ${number + 1} say?` },
    {
      role: 'assistant',
      content: number % 4 === 0 ? '\n\n' : '',
      ...thinks(`Both notes, ${number} and ${number + 1}, at once.`),
      tool_calls: [called('a', { path: `notes/${number}.txt` }), called('b', { path: `notes/${number + 1}.txt`, lines: 3 })],
    },
    { role: 'tool', tool_call_id: 'a', content: `Ada: ${number} hours` },
    { role: 'tool', tool_call_id: 'b', content: `Grace: ${number + 1} hours\n<tool_response>not a tag</tool_response>` },
    { role: 'assistant', content: `Ada ${number}, Grace ${number + 1} hours.`, ...thinks('I add nothing.') },
    { role: 'user', content: 'And together?' },
    { role: 'assistant', content: `${2 * number + 1} hours.`, ...thinks(`${number} + ${number + 1} = ${2 * number + 1}`) },
  ];
  const trace = readTrace(JSON.stringify({ timestamp: '20260101_000000', model: 'acme/small-1', messages, tools: [read] }));
  return family(importedEvents(trace, { model, servers: [], tags: [], file: `${number}.json` }), idOf(1, number));
};

const family = (events: Parameters<typeof aMember>[0]['events'], id: string): Family => {
  const { members } = alone({ events });
  return aFamily(...members.map((member) => ({ ...member, id })));
};

const files = aTool('read_file', { trusted: true, annotations: { readOnlyHint: true } });

const begun = (number: number): ConversationBuilder =>
  aConversation({ systemPrompt: 'Read before you answer.', model })
    .withTools([files])
    .withTurn(`Who works on part ${number}?`)
    .answered({ content: '', reasoning: 'I look it up.', calls: [['read_file', `{"path":"parts/${number}.txt"}`]] })
    .returned('call_1_1', `part ${number}: Ada and Grace`)
    .answered({ content: `Ada and Grace work on part ${number}.`, reasoning: 'That is all it says.' });

const rated = (branch: ConversationBuilder, rating: -1 | 1): ConversationBuilder =>
  branch.handling({ type: 'GiveFeedback', feedback: { turn: branch.state.turns, rating } });

/** One question asked of three branches: one is good, one is bad, one calls a tool first; and one answer is corrected. */
const preferredOf = (number: number): Family => {
  const question = 'Who leads it?';
  const shared = begun(number);
  const bad = rated(shared.withTurn(question).answered({ content: 'Nobody knows.' }), -1);
  const good = rated(
    forkOf(shared, { input: question }).answered({ content: `Ada leads part ${number}.`, reasoning: 'First named.' }),
    1,
  );
  const looked = forkOf(shared, { input: question })
    .answered({ content: 'I look.', calls: [['read_file', `{"path":"leads.txt","lines":${number}}`]] })
    .returned('call_4_1', `part ${number}: Grace`)
    .answered({ content: `Grace leads part ${number}.` })
    .handling({
      type: 'GiveFeedback',
      feedback: { turn: 2, rating: 0, correction: `Grace leads part ${number}, says leads.txt.` },
    });
  const root = idOf(2, number);
  const forks = [good, looked].map((story, index) => {
    const fork = aFork(idOf(3 + index, number), story, shared);
    return { ...fork, parent: { id: root, at: fork.inherited } };
  });
  return { root, members: [aMember(bad, { id: root }), ...forks] };
};

/** Takes anything: its schema has other types too, which a reader that guesses from the first rows stumbles over. */
const readAny = {
  ...read,
  function: {
    ...read.function,
    parameters: { type: 'object', properties: { path: { type: ['string', 'integer', 'null'], default: 7 }, lines: {} } },
  },
};

/** A row for each of its three answers; of three conversations one call has other arguments than all others. */
const mixedOf = (number: number): Family => {
  const odd: Readonly<Record<number, unknown>> = {
    700: { path: 7, lines: 'all' },
    3000: { path: { of: ['a', null] }, lines: 2.5 },
    4800: { path: null },
  };
  const messages = [
    { role: 'user', content: `Look at ${number}.` },
    { role: 'assistant', content: '', tool_calls: [called('a', { path: `${number}.txt`, lines: number })] },
    { role: 'tool', tool_call_id: 'a', content: `${number}` },
    { role: 'assistant', content: 'Once more.', tool_calls: [called('b', odd[number] ?? { path: 'b.txt', lines: number })] },
    { role: 'tool', tool_call_id: 'b', content: 'b' },
    { role: 'assistant', content: `It is ${number}.` },
  ];
  const tools = [number in odd ? readAny : read];
  const trace = readTrace(JSON.stringify({ timestamp: '20260101_000000', model: 'acme/small-1', messages, tools }));
  return family(importedEvents(trace, { model, servers: [], tags: [], file: `${number}.json` }), idOf(9, number));
};

const numbered = (count: number, familyOf: (number: number) => Family): readonly Family[] =>
  Array.from({ length: count }, (_, index) => familyOf(index + 1));

export const exampleFamilies = (): readonly Family[] => [...numbered(12, traceOf), ...numbered(6, preferredOf)];
/** 15,003 rows, three of which have arguments of other types. */
export const mixedFamilies = (): readonly Family[] => numbered(5_001, mixedOf);
