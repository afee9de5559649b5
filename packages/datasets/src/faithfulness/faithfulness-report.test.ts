import { describe, expect, it } from 'vitest';
import type { JsonObject, ReportedFormat } from './examples-of.ts';
import { createReporter, type ReportOptions } from './faithfulness-report.ts';
import { createRowCounter } from './row-counter.ts';
import { factsOf } from './template-facts.ts';
import { plainRenderer } from './testing/plain-renderer.ts';
import { assistant, call, sftRow, tools, user } from './testing/rows.ts';

const modelOf = (renderer = plainRenderer()) => ({ renderer, facts: factsOf(renderer) });

const reportOf = (rows: readonly JsonObject[], options: Partial<ReportOptions> = {}) => {
  const reporter = createReporter({ format: 'sft' as ReportedFormat, ...options });
  for (const row of rows) reporter.add(row);
  return reporter.report();
};

const short = sftRow('a:1', [user('Hi')], assistant('Hello you'));
const long = sftRow('b:1', [user('one two three four')], assistant('five six seven eight nine'));

describe('with a tokenizer', () => {
  it('counts the tokens of the context, of what is trained and of both', () => {
    const { unit, lengths, histogram } = reportOf([short, long], { model: modelOf() });
    expect(unit).toBe('tokens');
    expect(lengths).toEqual({
      prompt: { min: 3, median: 3, p95: 6, max: 6, sum: 9 },
      trained: { min: 2, median: 2, p95: 5, max: 5, sum: 7 },
      total: { min: 5, median: 5, p95: 11, max: 11, sum: 16 },
    });
    expect(histogram).toEqual([
      { from: 5, to: 8, rows: 1 },
      { from: 9, to: 16, rows: 1 },
    ]);
  });

  it('names the rows over the limit, and counts those of which nothing would be trained', () => {
    const { tooLong } = reportOf([short, long, { ...long, id: 'c:1', completion: [assistant('x')] }], {
      model: modelOf(),
      maxTokens: 6,
    });
    expect(tooLong).toEqual({ maxTokens: 6, rows: 2, nothingTrained: 2, ids: ['b:1', 'c:1'] });
    expect(reportOf([long], { model: modelOf(), maxTokens: 8 }).tooLong).toMatchObject({ rows: 1, nothingTrained: 0 });
    expect(reportOf([long], { model: modelOf(), maxTokens: 11 }).tooLong).toMatchObject({ rows: 0 });
  });

  it('shows what is trained, and what stands before it', () => {
    const { preview } = reportOf([short, long], { model: modelOf() });
    expect(preview[0]).toEqual({ id: 'a:1', column: 'completion', context: 'user: Hi\nassistant: ', trained: 'Hello you\n' });
  });

  it('names rows that the template refuses, with its words, and goes on', () => {
    const report = reportOf([long, short], { model: modelOf(plainRenderer({ refuses: 'seven' })) });
    expect(report.traps).toMatchObject([{ trap: 'does_not_render', rows: 1, ids: ['b:1'], refusal: 'No seven here.' }]);
    expect(report.lengths.total).toMatchObject({ min: 5, max: 5 });
  });

  it('names rows of which the context is not how the text begins', () => {
    const { traps, preview } = reportOf([short], { model: modelOf(plainRenderer({ isReversed: true })) });
    expect(traps).toMatchObject([{ trap: 'not_a_prefix', rows: 1 }]);
    expect(preview).toEqual([]);
  });

  it('is silent about what this template is known to keep', () => {
    const parallel = sftRow('a:1', [user('Add')], assistant('', { tool_calls: [call('add', {}), call('add', {}, 'call1')] }));
    expect(reportOf([parallel], { model: modelOf() }).traps).toEqual([]);
    expect(reportOf([parallel]).traps).toMatchObject([{ trap: 'parallel_calls', rows: 1 }]);
  });
});

describe('without a tokenizer', () => {
  it('measures characters, and finds what can be seen in the rows', () => {
    const report = reportOf([short, sftRow('n:1', [user('Hi')], assistant('x', { name: null }))], { maxTokens: 1 });
    expect(report).toMatchObject({ unit: 'characters', traps: [{ trap: 'null_value', ids: ['n:1'] }] });
    expect(report.lengths.prompt?.max).toBe(JSON.stringify([user('Hi')]).length);
    expect(report).not.toHaveProperty('tooLong');
    expect(report).not.toHaveProperty('tokenizer');
  });
});

describe('duplicates', () => {
  it('are rows that say the same, whatever their ids and the ids of their calls', () => {
    const calling = (id: string, callId: string) =>
      sftRow(id, [user('Add')], assistant('', { tool_calls: [call('add', { a: 1 }, callId)] }));
    expect(reportOf([calling('a:1', 'x'), short, calling('b:1', 'y')]).duplicates).toEqual({
      rows: 1,
      of: [{ id: 'b:1', sameAs: 'a:1' }],
    });
  });

  it('are none where the tools differ', () => {
    expect(reportOf([short, { ...short, id: 'x', tools: [] }]).duplicates.rows).toBe(0);
  });
});

describe('every format', () => {
  const prompt = [user('Hi')];
  const rows: Record<ReportedFormat, JsonObject> = {
    hf: { id: 'c', messages: [...prompt, assistant('Yes')], tools },
    sft: sftRow('c:1', prompt, assistant('Yes')),
    dpo: { id: 'c:1|d:1', prompt, chosen: [assistant('Yes')], rejected: [assistant('No way')], tools },
    kto: { id: 'c:1', prompt, completion: [assistant('Yes')], label: true, tools },
    rl: { id: 'c:1', prompt, tools, group: 'g' },
    openai: { messages: [...prompt, { ...assistant('Yes'), weight: 1 }], tools },
    sharegpt: {
      id: 'c',
      system: '',
      conversations: [
        { from: 'human', value: 'Hi' },
        { from: 'gpt', value: 'Yes' },
      ],
      tools: JSON.stringify([{ name: 'read', parameters: {} }]),
    },
  };

  it.each(Object.keys(rows) as ReportedFormat[])('%s is measured by its longest text', (format) => {
    const { lengths } = reportOf([rows[format]], { format, model: modelOf() });
    expect(lengths.total?.max).toBe({ hf: 4, sft: 4, dpo: 5, kto: 4, rl: 3, openai: 4, sharegpt: 4 }[format]);
  });

  it('of a whole conversation each answer is shown where it stands', () => {
    const messages = [...prompt, assistant('Yes'), user('And?'), assistant('No')];
    const { preview } = reportOf([{ id: 'c', messages, tools }], { format: 'hf', model: modelOf() });
    const trained = 'Yes\n…\nNo\n';
    expect(preview).toEqual([{ id: 'c', column: 'messages', context: 'user: Hi\nassistant: ', trained }]);
    expect(reportOf([rows.openai], { format: 'openai', model: modelOf() }).preview).toMatchObject([
      { id: 'row 1', trained: 'Yes\n' },
    ]);
  });

  it('a dialect is rendered as the messages that its trainer makes of it', () => {
    const value = '<think>\nI must.\n</think>\n\n{"name":"read","arguments":{"path":"a"}}';
    const conversations = [
      { from: 'human', value: 'Hi' },
      { from: 'function_call', value },
      { from: 'observation', value: 'alpha' },
      { from: 'gpt', value: 'It is alpha.' },
    ];
    const row = { id: 'c', system: 'Be brief.', conversations, tools: '' };
    const { preview, traps } = reportOf([row], { format: 'sharegpt', model: modelOf() });
    expect(traps).toEqual([]);
    expect(preview[0]?.context).toBe('system: Be brief.\nuser: Hi\nassistant: ');
    expect(preview[0]?.trained).toContain('I must.  read({"path":"a"})\n…\nIt is alpha.');
    const raw = { function: { name: 'read', arguments: '{"path":"a"}' }, id: 'x', type: 'function' };
    const openai = { messages: [...prompt, { role: 'assistant', content: '', tool_calls: [raw], weight: 1 }] };
    expect(reportOf([openai], { format: 'openai', model: modelOf() })).toMatchObject({
      traps: [],
      preview: [{ trained: expect.stringContaining('read({"path":"a"})') }],
    });
  });

  it('both sides of a pair are looked into', () => {
    const pair = { ...rows.dpo, rejected: [assistant('seven')] };
    const { traps } = reportOf([pair], { format: 'dpo', model: modelOf(plainRenderer({ refuses: 'seven' })) });
    expect(traps).toMatchObject([{ trap: 'does_not_render', rows: 1 }]);
  });
});

describe('a row counter', () => {
  it('counts the longest text of a row, and a refused row as nothing', () => {
    const pair = { prompt: [user('Hi')], chosen: [assistant('Yes')], rejected: [assistant('No way')], tools };
    expect(createRowCounter('dpo', plainRenderer())(pair)).toBe(5);
    expect(createRowCounter('dpo', plainRenderer({ refuses: 'Hi' }))(pair)).toBe(0);
  });
});
