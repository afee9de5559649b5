import { describe, expect, it } from 'vitest';
import { aConversation, aTool, plainProfile, someSettings } from '../testing/conversation-builder.ts';
import { chatTool } from './chat-message.ts';
import { reservedParams } from './free-params.ts';
import { renderHistory, toModelRequest } from './model-request.ts';
import type { ModelProfile } from './settings.ts';
import { historyFault } from './valid-history.ts';

const modelWith = (profile: Partial<ModelProfile>, params: Record<string, unknown> = {}) => ({
  model: { ...someSettings().model, params, profile: { ...plainProfile, ...profile } },
});
const rich = (changed: Parameters<typeof aConversation>[0] = {}) =>
  aConversation({ systemPrompt: 'Be brief.', truncate: 5, ...changed })
    .withTools([aTool('read')])
    .withTurn('one')
    .answered({ content: 'First.', reasoning: 'old thought' })
    .withTurn('two')
    .answered({
      reasoning: 'new thought',
      calls: [
        ['read', ''],
        ['gone', '{'],
      ],
    })
    .withTurn('and quickly', 'steer')
    .returned('call_2_1', 'a long result');
type Message = Record<string, unknown>;
const bodyOf = (state: Parameters<typeof toModelRequest>[0]) =>
  JSON.parse(toModelRequest(state) ?? 'null') as Record<string, unknown> & { readonly messages: readonly Message[] };

describe('the request of a model call', () => {
  it('is exactly this for a rich history', () => {
    expect(toModelRequest(rich().state)).toBe(
      JSON.stringify({
        model: 'acme/small-1',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'one' },
          { role: 'assistant', content: 'First.' },
          { role: 'user', content: 'two' },
          {
            role: 'assistant',
            content: '',
            tool_calls: [
              { id: 'call_2_1', type: 'function', function: { name: 'read', arguments: '{}' } },
              { id: 'call_2_2', type: 'function', function: { name: 'gone', arguments: '{' } },
            ],
          },
          { role: 'tool', content: 'a lon\n[truncated: 5 of 13 characters]', tool_call_id: 'call_2_1' },
          { role: 'tool', content: 'There\n[truncated: 5 of 43 characters]', tool_call_id: 'call_2_2' },
          { role: 'user', content: 'and quickly' },
        ],
        tools: [
          {
            type: 'function',
            function: {
              name: 'read',
              description: 'Does read.',
              parameters: { type: 'object', properties: { path: { type: 'string' } } },
            },
          },
        ],
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
  });

  it('says nothing of tools where there are none', () => {
    expect(Object.keys(bodyOf(aConversation().withTurn('hi').state))).toEqual(['model', 'messages', 'stream', 'stream_options']);
  });

  it('passes params through untouched', () => {
    const { state } = aConversation(modelWith({}, { temperature: 0, extra: { nested: [1] } })).withTurn('hi');

    expect(bodyOf(state)).toMatchObject({ temperature: 0, extra: { nested: [1] } });
  });

  it('lets no param replace what the log says was asked', () => {
    const { state } = rich(modelWith({}, { model: 'other', messages: [], tools: [], stream: false }));

    expect(bodyOf(state)).toMatchObject({ model: 'acme/small-1', stream: true, tools: [{}] });
    expect(bodyOf(state).messages).toHaveLength(8);
  });

  it('lets no param set what the engine sets itself, also where it sets nothing', () => {
    const params = Object.fromEntries(reservedParams.map((name) => [name, 'mine']));
    const { state } = aConversation(modelWith({ streamUsage: false }, { ...params, top_p: 1 })).withTurn('hi');

    expect(Object.keys(bodyOf(state))).toEqual(['model', 'messages', 'top_p', 'stream']);
  });

  it('shows an edited call as it was executed', () => {
    const story = aConversation()
      .withTools([aTool('pay', { approval: 'ask' })])
      .withTurn('go')
      .answered({ calls: [['pay', '{"sum":1}']] });
    const digest = story.state.turn?.steps[0]?.digest ?? '';

    const { state } = story
      .decided('call_1_1', { decision: 'edit', digest, arguments: '{"sum":2}' })
      .returned('call_1_1', 'paid');

    expect(bodyOf(state).messages[1]).toMatchObject({ tool_calls: [{ function: { arguments: '{"sum":2}' } }] });
  });

  it('is not there while calls wait behind a limit', () => {
    const story = aConversation({ limits: { maxSteps: 1 } })
      .withTools([aTool('read')])
      .withTurn('go')
      .answered({ calls: [['read', '']] });

    expect(toModelRequest(story.state)).toBeUndefined();
  });

  it('is not there without an open turn', () => {
    expect(toModelRequest(aConversation().state)).toBeUndefined();
  });
});

describe('profiles', () => {
  const reasoningIn = (profile: Partial<ModelProfile>, field: string) =>
    bodyOf(rich(modelWith(profile)).state).messages.flatMap((message) => message[field] ?? []);

  it('sends no earlier reasoning by default', () => {
    expect(reasoningIn({}, 'reasoning_content')).toEqual([]);
  });

  it('sends the reasoning of the open turn in the field of the profile', () => {
    expect(reasoningIn({ sendReasoning: 'reasoning_content' }, 'reasoning_content')).toEqual(['new thought']);
    expect(reasoningIn({ sendReasoning: 'reasoning' }, 'reasoning')).toEqual(['new thought']);
  });

  it('sends all reasoning with `all`', () => {
    expect(reasoningIn({ sendReasoning: 'reasoning', sendReasoningOf: 'all' }, 'reasoning')).toEqual([
      'old thought',
      'new thought',
    ]);
  });

  it('sends null beside tool calls where the profile says so', () => {
    expect(bodyOf(rich(modelWith({ emptyContent: 'null' })).state).messages[4]?.content).toBeNull();
  });

  it('leaves out stream options where a server refuses them', () => {
    expect(bodyOf(rich(modelWith({ streamUsage: false })).state)).not.toHaveProperty('stream_options');
  });

  it('says whether calls may be parallel only where the profile does', () => {
    expect(bodyOf(rich().state)).not.toHaveProperty('parallel_tool_calls');
    for (const parallelToolCalls of [true, false])
      expect(bodyOf(rich(modelWith({ parallelToolCalls })).state)).toMatchObject({ parallel_tool_calls: parallelToolCalls });
  });
});

describe('a tool', () => {
  it('gets properties where it has none, and loses $schema', () => {
    const { parameters } = chatTool(aTool('now', { inputSchema: { $schema: 'x', type: 'object' } })).function;

    expect(parameters).toEqual({ type: 'object', properties: {} });
  });

  it('keeps the rest of its schema as the server said it', () => {
    const inputSchema = { type: 'object', properties: { a: { anyOf: [{ type: 'string' }] } }, required: ['a'], $defs: {} };

    expect(chatTool(aTool('x', { inputSchema })).function.parameters).toEqual(inputSchema);
  });
});

describe('the history at any version', () => {
  it('closes an open round with what has been answered and placeholders for the rest', () => {
    const story = aConversation()
      .withTools([aTool('read')])
      .withTurn('go')
      .answered({
        calls: [
          ['read', '{}'],
          ['read', ''],
        ],
      });

    const { messages, isOpen } = renderHistory(story.returned('call_1_2', 'ok').state);

    expect(isOpen).toBe(true);
    expect(messages.slice(-2)).toMatchObject([{ content: '[This call has not been answered yet.]' }, { content: 'ok' }]);
    expect(historyFault(messages)).toBeUndefined();
  });

  it('is closed once the conversation is idle', () => {
    expect(renderHistory(aConversation().withTurn('hi').answered({ content: 'ho' }).state)).toEqual({
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'ho' },
      ],
      isOpen: false,
    });
  });
});
