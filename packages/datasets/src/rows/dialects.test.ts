import type { Recorded } from '@turnlog/core';
import { aConversation, aTool, someSettings, storyId } from '@turnlog/core/testing';
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

const read = aTool('read');
const twoCalls = aConversation({ systemPrompt: 'Be brief.' })
  .withTools([read])
  .withTurn('Read both.')
  .answered({
    content: null,
    reasoning: 'Both.',
    calls: [
      ['read', '{"n": 1.0}'],
      ['read', ''],
    ],
  })
  .returned('call_1_2', 'beta')
  .returned('call_1_1', 'alpha')
  .answered({ content: 'alpha, beta', reasoning: 'Done.' });

describe('a line of openai', () => {
  it('has arguments as the model wrote them, weights, no reasoning and no other key', () => {
    const { rows } = project('openai', alone(twoCalls.withTurn('unheard')));
    expect(rows).toEqual([
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Read both.' },
          {
            role: 'assistant',
            content: '',
            tool_calls: [
              { id: 'call_1_1', type: 'function', function: { name: 'read', arguments: '{"n": 1.0}' } },
              { id: 'call_1_2', type: 'function', function: { name: 'read', arguments: '{}' } },
            ],
            weight: 1,
          },
          { role: 'tool', content: 'alpha', tool_call_id: 'call_1_1' },
          { role: 'tool', content: 'beta', tool_call_id: 'call_1_2' },
          { role: 'assistant', content: 'alpha, beta', weight: 1 },
        ],
        tools: [{ type: 'function', function: { name: 'read', description: 'Does read.', parameters: read.inputSchema } }],
      },
    ]);
  });

  it('gives no weight to what another conversation trains, nor to what is no example', () => {
    const fork = forkOf(twoCalls, { input: 'And c?' })
      .answered({ content: 'No.' })
      .withTurn('Why?')
      .answered({ content: 'gamma' })
      .handling({ type: 'GiveFeedback', feedback: { turn: 2, rating: -1 } });
    const { rows, excluded } = project('openai', aFamily(...alone(twoCalls).members, aFork('f', fork, twoCalls)));
    const weights = rows.map(({ messages }) => (messages as Row[]).flatMap(({ weight }) => weight ?? []));
    expect(weights).toEqual([
      [1, 1],
      [0, 0, 0, 1],
    ]);
    expect(excluded).toEqual({ low_rating: 1 });
  });

  it('has no tools where there were none, and says whether calls may come in parallel', () => {
    const plain = aConversation().withTurn('Hi.').answered({ content: 'Hello.' });
    expect(project('openai', alone(plain)).rows[0]).not.toHaveProperty('tools');
  });
});

describe('a row of sharegpt', () => {
  it('alternates: calls in parallel are a list, their results one observation, reasoning stands before either', () => {
    const [row] = project('sharegpt', alone(twoCalls)).rows;
    expect(row).toMatchObject({
      id: storyId,
      system: 'Be brief.',
      conversations: [
        { from: 'human', value: 'Read both.' },
        {
          from: 'function_call',
          value: '<think>\nBoth.\n</think>\n\n[{"name":"read","arguments":{"n":1}},{"name":"read","arguments":{}}]',
        },
        { from: 'observation', value: 'alpha\n</tool_response>\n<tool_response>\nbeta' },
        { from: 'gpt', value: '<think>\nDone.\n</think>\n\nalpha, beta' },
      ],
    });
    expect(JSON.parse(String(row?.tools))).toEqual([{ name: 'read', description: 'Does read.', parameters: read.inputSchema }]);
  });

  it('takes words that follow words as one message', () => {
    const story = aConversation().withTurn('One.').cancelled().withTurn('Two.').answered({ content: 'Both.' });
    expect(project('sharegpt', alone(story)).rows[0]?.conversations).toEqual([
      { from: 'human', value: 'One.\n\nTwo.' },
      { from: 'gpt', value: 'Both.' },
    ]);
  });

  it('is left out where words came beside results: the format has no place for them', () => {
    const story = aConversation()
      .withTools([read])
      .withTurn('Go.')
      .answered({ calls: [['read', '{}']] })
      .withTurn('Wait.', 'steer')
      .returned('call_1_1', 'x')
      .answered({ content: 'ok' });
    expect(project('sharegpt', alone(story))).toEqual({ rows: [], excluded: { error: 1 } });
  });
});

describe('the lines of sts', () => {
  it('are a header and every message, in the names of the format, with text for arguments and milliseconds for times', () => {
    const { rows } = project('sts', alone(twoCalls));
    expect(rows[0]).toMatchObject({ type: 'session', harness: 'turnlog', id: storyId, name: 'Read both.' });
    expect(rows.slice(1).map(({ message }) => message)).toEqual([
      { role: 'system', content: 'Be brief.', timestamp: 1_767_225_600_000 },
      { role: 'user', content: 'Read both.', timestamp: 1_767_225_600_000 },
      {
        role: 'assistant',
        content: '',
        reasoningContent: 'Both.',
        toolCalls: [
          { id: 'call_1_1', function: { name: 'read', arguments: '{"n": 1.0}' } },
          { id: 'call_1_2', function: { name: 'read', arguments: '' } },
        ],
        timestamp: 1_767_225_600_000,
        model: 'acme/small-1',
      },
      { role: 'tool', content: 'alpha', toolCallId: 'call_1_1', timestamp: 1_767_225_600_000 },
      { role: 'tool', content: 'beta', toolCallId: 'call_1_2', timestamp: 1_767_225_600_000 },
      {
        role: 'assistant',
        content: 'alpha, beta',
        reasoningContent: 'Done.',
        timestamp: 1_767_225_600_000,
        model: 'acme/small-1',
      },
    ]);
  });

  it('show what happened, whatever people say of it', () => {
    const bad = twoCalls.handling({ type: 'GiveFeedback', feedback: { rating: -1 } });
    expect(project('sts', alone(bad)).rows).toHaveLength(7);
    expect(project('trace', alone(bad)).rows).toHaveLength(1);
    expect(project('trace', alone(aConversation().withTurn('Hi.')))).toEqual({ rows: [], excluded: { error: 1 } });
  });
});

const trajectoryOf = (family: Family) => {
  const [row] = project('atif', family).rows;
  return { row, steps: (row?.steps ?? []) as Row[] };
};
/** The story, its answers told with what a server may say beside them. */
const told = (events: readonly Recorded[], said: Partial<Extract<Recorded, { type: 'ModelResponded' }>['data']>) => ({
  events: events.map((event) => (event.type === 'ModelResponded' ? { ...event, data: { ...event.data, ...said } } : event)),
});

describe('the trajectory of atif', () => {
  const timestamp = '2026-01-01T00:00:00.000Z';

  it('has a step for whatever was said, and the results of calls in the step that called', () => {
    expect(project('atif', alone(twoCalls)).rows).toEqual([
      {
        schema_version: 'ATIF-v1.7',
        session_id: storyId,
        agent: {
          name: 'turnlog',
          version: 'schema-1',
          model_name: 'acme/small-1',
          tool_definitions: [
            { type: 'function', function: { name: 'read', description: 'Does read.', parameters: read.inputSchema } },
          ],
        },
        steps: [
          { step_id: 1, timestamp, source: 'system', message: 'Be brief.' },
          { step_id: 2, timestamp, source: 'user', message: 'Read both.' },
          {
            step_id: 3,
            timestamp,
            source: 'agent',
            model_name: 'acme/small-1',
            message: '',
            reasoning_content: 'Both.',
            tool_calls: [
              { tool_call_id: 'call_1_1', function_name: 'read', arguments: { n: 1 } },
              { tool_call_id: 'call_1_2', function_name: 'read', arguments: {} },
            ],
            observation: {
              results: [
                { source_call_id: 'call_1_1', content: 'alpha' },
                { source_call_id: 'call_1_2', content: 'beta' },
              ],
            },
          },
          {
            step_id: 4,
            timestamp,
            source: 'agent',
            model_name: 'acme/small-1',
            message: 'alpha, beta',
            reasoning_content: 'Done.',
          },
        ],
        final_metrics: { total_steps: 4 },
        extra: { version: twoCalls.state.version, created_at: timestamp },
      },
    ]);
  });

  it('counts what the servers counted, at the price of the model, and names the model that answered', () => {
    const model = { ...someSettings().model, price: { input: 1, output: 10 } };
    const story = aConversation({ model })
      .withTurn('Hi.')
      .answered({ content: 'Hello.', usage: { promptTokens: 100, completionTokens: 20, cachedTokens: 40, reasoningTokens: 5 } })
      .withTurn('Bye.')
      .answered({ content: 'Ciao.' });
    const { row, steps } = trajectoryOf(alone(told(story.events.slice(0, -1), { reportedModel: 'acme/small-1-2026' })));
    const extra = { reasoning_tokens: 5, cost: 0.0003 };
    expect(steps.map(({ model_name }) => model_name)).toEqual([undefined, 'acme/small-1-2026', undefined, 'acme/small-1-2026']);
    expect(steps[1]?.metrics).toEqual({ prompt_tokens: 100, completion_tokens: 20, cached_tokens: 40, extra });
    expect(steps[3]).not.toHaveProperty('metrics');
    expect(row?.final_metrics).toEqual({
      total_prompt_tokens: 100,
      total_completion_tokens: 20,
      total_cached_tokens: 40,
      total_steps: 4,
      extra: { total_reasoning_tokens: 5, total_cost: 0.0003 },
    });
    const guessed = told(story.events, { usage: undefined, estimatedUsage: { promptTokens: 7, completionTokens: 7 } });
    expect(trajectoryOf(alone(guessed)).row?.final_metrics).toEqual({ total_steps: 4 });
  });

  it('keeps arguments that no object holds as they were written, and no token ids, in which nobody finds a secret', () => {
    const story = aConversation()
      .withTools([read])
      .withTurn('Go.')
      .answered({ calls: [['read', '{"n": 1']] })
      .answered({ content: 'No.' });
    const tokens = { ids: [1, 2], logprobs: [{ token: 'a', logprob: -1 }] };
    const { row, steps } = trajectoryOf(alone(told(story.events, { tokens })));
    expect(steps[1]?.tool_calls).toEqual([
      { tool_call_id: 'call_1_1', function_name: 'read', arguments: {}, extra: { raw_arguments: '{"n": 1' } },
    ]);
    expect(JSON.stringify(row)).not.toMatch(/logprob|token_ids/);
  });

  it('marks what it was forked from as copied, and has words that came beside results after them', () => {
    const prefix = aConversation()
      .withTools([read])
      .withTurn('Go.')
      .answered({ calls: [['read', '{}']] })
      .withTurn('Wait.', 'steer')
      .returned('call_1_1', 'x')
      .answered({ content: 'ok' });
    const fork = forkOf(prefix, { input: 'And?' }).answered({ content: 'Nothing.' });
    const { rows } = project('atif', aFamily(...alone(prefix).members, aFork('f', fork, prefix)));
    const steps = rows.map((row) => (row.steps as Row[]).map(({ message, is_copied_context: copied }) => [message, copied]));
    const shared = ['Go.', '', 'Wait.', 'ok'];
    expect(steps).toEqual([
      shared.map((words) => [words, undefined]),
      [...shared.map((words) => [words, true]), ['And?', undefined], ['Nothing.', undefined]],
    ]);
  });

  it('shows what happened, whatever people say of it, where a model answered', () => {
    const bad = twoCalls.handling({ type: 'GiveFeedback', feedback: { rating: -1 } });
    expect(trajectoryOf(alone(bad)).steps).toHaveLength(4);
    expect(project('atif', alone(aConversation().withTurn('Hi.')))).toEqual({ rows: [], excluded: { error: 1 } });
  });

  it('is refused with the path of what is wrong', () => {
    const { row, steps } = trajectoryOf(alone(twoCalls));
    const faultsOf = (index: number, changed: Row) =>
      validateRow('atif', { ...row, steps: steps.map((step, at) => (at === index ? { ...step, ...changed } : step)) });
    expect(faultsOf(1, { step_id: 3 })).toEqual(['steps.1.step_id: is not 2']);
    expect(faultsOf(1, { reasoning_content: 'R' })).toEqual(['steps.1.reasoning_content: is not known']);
    expect(faultsOf(2, { timestamp: 'yesterday' })).toEqual([expect.stringMatching(/^steps\.2\.timestamp: .*ISO/)]);
    expect(faultsOf(2, { tool_calls: [{ tool_call_id: 'a', function_name: 'b', arguments: '{}' }] })[0]).toMatch(
      /^steps\.2\.tool_calls\.0\.arguments: /,
    );
    expect(faultsOf(2, { observation: { results: [{ source_call_id: 'call_9_9', content: '' }] } })).toEqual([
      'steps.2.observation.results.0.source_call_id: is no call of this step',
    ]);
  });
});

describe('a fault of a row', () => {
  it('is said with the path of its field', () => {
    const [row] = project('sft', alone(twoCalls)).rows;
    const prompt = row?.prompt as Row[];
    expect(validateRow('sft', { ...row, prompt: [{ ...prompt[0], content: null }] })).toEqual([
      expect.stringMatching(/^prompt\.0\.content: .*string/),
    ]);
    expect(validateRow('sft', { ...row, extra: 1 })).toEqual(['extra: is not known']);
    expect(validateRow('sft', { ...row, completion: [] })[0]).toMatch(/^completion: /);
    expect(
      validateRow('sft', {
        ...row,
        tools: [{ type: 'function', function: { name: 'a', parameters: { x: { default: null } } } }],
      }),
    ).toEqual(['tools.0.function.parameters.x.default: is null']);
    expect(validateRow('sft', null)[0]).toMatch(/^row: /);
  });
});
