import { describe, expect, it } from 'vitest';
import { aConversation, aTool } from '../testing/conversation-builder.ts';
import { storyId } from '../testing/given.ts';
import { toTrace, traceName, traceTimestamp } from './trace.ts';

const asked = aConversation({ systemPrompt: 'Be brief.', truncate: 4 })
  .withTools([aTool('read')])
  .withTurn('Read it')
  .answered({ reasoning: 'I must read.', calls: [['read', '{"path": "a"}']] });

describe('a trace', () => {
  it("has the seed's shape, exactly", () => {
    const { state } = asked.returned('call_1_1', 'a text').answered({ content: 'Done.' });

    expect(JSON.stringify(toTrace(storyId, state))).toBe(
      JSON.stringify({
        timestamp: '20260101_000000',
        model: 'acme/small-1',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Read it' },
          {
            role: 'assistant',
            content: '',
            reasoning_content: 'I must read.',
            tool_calls: [{ id: 'call_1_1', type: 'function', function: { name: 'read', arguments: '{"path": "a"}' } }],
          },
          { role: 'tool', content: 'a te\n[truncated: 4 of 6 characters]', tool_call_id: 'call_1_1', name: 'read' },
          { role: 'assistant', content: 'Done.' },
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
        turnlog: { conversation: storyId, version: state.version, schema: 1 },
      }),
    );
  });

  it('leaves out a round that still waits for answers', () => {
    const roles = toTrace(storyId, asked.state).messages.map(({ role }) => role);

    expect(roles).toEqual(['system', 'user']);
  });

  it('holds a cancelled round with its true cause', () => {
    const last = toTrace(storyId, asked.cancelled().state).messages.at(-1);

    expect(last).toMatchObject({ role: 'tool', content: 'The \n[truncated: 4 of 75 characters]' });
  });

  it('is empty of tools where there are none', () => {
    expect(toTrace(storyId, aConversation().state)).toMatchObject({ messages: [], tools: [] });
  });

  it('leaves out a turn that was rolled back', () => {
    const { state } = aConversation().withTurn('wrong').withTurn('right', 'rollback').answered({ content: 'ok' });

    expect(toTrace(storyId, state).messages).toEqual([
      { role: 'user', content: 'right' },
      { role: 'assistant', content: 'ok' },
    ]);
  });
});

describe("a trace's file name", () => {
  const nameOf = (...contents: readonly string[]) =>
    traceName({ messages: contents.map((content) => ({ role: 'user', content })), timestamp: '20260101_000000' });

  it.each([
    ['What is the weather in Paris?', 'What_is_the_weather_in_Paris'],
    ['What is the weather in Paris today?', 'What_is_the_weather_in_Paris_t'],
    ['  spaces and / slashes \\ ', 'spaces_and___slashes'],
    ['Grüße aus Köln, 2026', 'Grüße_aus_Köln__2026'],
    ['日本の天気は?', '日本の天気は'],
    ['🙂🙂 hi', 'hi'],
    ['../../etc/passwd', 'etc_passwd'],
    ['', 'conversation'],
    ['???', 'conversation'],
  ])('of %j is %s', (content, stem) => {
    expect(nameOf(content)).toBe(`${stem}_20260101_000000`);
  });

  it('counts 30 characters, not code units', () => {
    expect(nameOf('𝒜'.repeat(40))).toBe(`${'𝒜'.repeat(30)}_20260101_000000`);
  });

  it('takes the first user message', () => {
    expect(nameOf('first', 'second')).toBe('first_20260101_000000');
  });

  it('has a name where nobody has said anything', () => {
    expect(nameOf()).toBe('conversation_20260101_000000');
  });

  it('ends in the time of creation in UTC', () => {
    expect(traceTimestamp('2026-11-22T14:05:09.120Z')).toBe('20261122_140509');
  });
});
