import { createHash } from 'node:crypto';
import {
  CommandRejected,
  decide,
  fold,
  historyFault,
  initialState,
  modelProfileSchema,
  toTrace,
  verifyConversation,
} from '@turnlog/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importCommand, importedId } from './import-command.ts';
import { NotATrace, readTrace } from './read-trace.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const model = { name: 'qwen3', model: 'qwen3', params: {}, profile: modelProfileSchema.parse({}) };
const now = '2025-05-12T10:20:30.000Z';
const id = '00000000-0000-8000-8000-000000000000';

const imported = (file: unknown) => {
  const trace = readTrace(JSON.stringify(file));
  const command = importCommand(trace, { model, servers: [], tags: [], file: 'a.json' });
  const events = decide(command, initialState, { conversationId: id, now: trace.createdAt ?? now, sha256 }).map(
    (event, index) => ({
      ...event,
      version: index + 1,
      recordedAt: trace.createdAt ?? now,
      schemaVersion: 1,
    }),
  );
  return { trace, events, state: fold(events), exported: toTrace(id, fold(events)) };
};

const tool = {
  type: 'function',
  function: { name: 'read', description: 'Reads', parameters: { type: 'object', properties: {} } },
};
const call = (callId: string, name: string, args: unknown) => ({
  id: callId,
  type: 'function',
  function: { name, arguments: args },
});
const seed = {
  timestamp: '20250512_102030',
  model: 'qwen3',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Read both.' },
    {
      role: 'assistant',
      content: '\n\n',
      reasoning_content: '\nTwo files.\n',
      tool_calls: [call('chatcmpl-a', 'read', '{"path": "a"}'), call('chatcmpl-b', 'read', { path: 'b', deep: { n: null } })],
    },
    { role: 'tool', tool_call_id: 'chatcmpl-a', name: 'read', content: 'alpha' },
    { role: 'tool', tool_call_id: 'chatcmpl-b', name: 'read', content: 'beta' },
    { role: 'assistant', content: 'alpha, beta' },
    { role: 'user', content: 'Again.' },
    { role: 'assistant', content: null, tool_calls: [call('chatcmpl-c', 'read', '')] },
    { role: 'tool', tool_call_id: 'chatcmpl-c', name: 'read', content: 'alpha' },
    { role: 'assistant', content: 'Still alpha.', reasoning_content: 'Same.' },
  ],
  tools: [tool],
};

/** What must come back: ids of calls are the engine's own, arguments are text, content is text. */
const essence = (messages: readonly Record<string, unknown>[]) => {
  const names = new Map<unknown, number>();
  const numberOf = (callId: unknown) => names.get(callId) ?? names.set(callId, names.size).size - 1;
  return messages.map((message) => ({
    role: message.role,
    content: message.content ?? '',
    reasoning: message.reasoning_content,
    calls: ((message.tool_calls as ReturnType<typeof call>[] | undefined) ?? []).map((one) => [
      numberOf(one.id),
      one.function.name,
      typeof one.function.arguments === 'string' ? one.function.arguments : JSON.stringify(one.function.arguments),
    ]),
    ...(message.tool_call_id !== undefined && { answers: numberOf(message.tool_call_id) }),
  }));
};

describe('an imported trace', () => {
  it('comes back with the same messages, tools, model and timestamp', () => {
    const { exported } = imported(seed);
    expect(essence(exported.messages as never)).toEqual(essence(seed.messages));
    expect(exported).toMatchObject({ timestamp: seed.timestamp, model: seed.model, tools: seed.tools });
  });

  it('is a conversation of two closed turns whose every prefix is valid', () => {
    const { events, state } = imported(seed);
    expect(state).toMatchObject({ turns: 2, turn: undefined, phase: 'open' });
    expect(verifyConversation(id, events, { sha256 })).toMatchObject({ verdict: 'verified', requests: 0 });
    expect(events.filter(({ type }) => type === 'ModelResponded')).toHaveLength(4);
    expect(events.map(({ type }) => type).filter((type) => type.startsWith('Turn'))).toEqual([
      'TurnStarted',
      'TurnCompleted',
      'TurnStarted',
      'TurnCompleted',
    ]);
  });

  it('goes on where it ended', () => {
    const { state } = imported(seed);
    const events = decide({ type: 'StartTurn', input: 'More.' }, state, { conversationId: id, now, sha256 });
    expect(events.map(({ type }) => type)).toEqual(['TurnStarted', 'StepScheduled']);
  });

  it('keeps the call ids of our own traces, wherever their steps were', () => {
    const { exported } = imported(seed);
    const moved = JSON.parse(JSON.stringify(exported).replaceAll('call_4_', 'call_14_')) as typeof exported;
    expect(imported(moved).exported.messages).toEqual(moved.messages);
    expect(imported(exported).exported.messages).toEqual(exported.messages);
  });

  it('has one id however its file is formatted, and another one for other words', () => {
    const pretty = readTrace(JSON.stringify(seed, null, 4));
    expect(importedId(pretty)).toBe(importedId(readTrace(JSON.stringify(seed))));
    expect(importedId(pretty)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(importedId(readTrace(JSON.stringify({ ...seed, model: 'other' })))).not.toBe(importedId(pretty));
  });

  it.each<[string, object[], string[]]>([
    ['nobody answered', [{ role: 'user', content: 'Hello?' }], ['TurnStarted', 'TurnCancelled']],
    [
      'words followed words',
      [
        { role: 'user', content: 'a' },
        { role: 'user', content: 'b' },
        { role: 'assistant', content: 'c' },
      ],
      ['TurnStarted', 'TurnSteered', 'TurnCompleted'],
    ],
    [
      'the model spoke twice',
      [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'assistant', content: 'c' },
      ],
      ['TurnStarted', 'TurnCompleted'],
    ],
  ])('holds together where %s', (_, messages, turns) => {
    const { events, exported } = imported({ model: 'm', messages });
    expect(exported.messages).toEqual(messages);
    expect(events.map(({ type }) => type).filter((type) => type.startsWith('Turn'))).toEqual(turns);
    expect(historyFault(exported.messages as never)).toBeUndefined();
  });

  it('says of a call without a result that it may have happened', () => {
    const { exported } = imported({ model: 'm', messages: seed.messages.slice(0, 3), tools: [tool] });
    expect(exported.messages.at(-1)?.content).toMatch(/may have happened/);
  });

  it('answers a result without an id with the first call that waits', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: '', tool_calls: [call('x', 'read', {}), call('y', 'read', {})] },
      { role: 'tool', content: '1' },
      { role: 'tool', content: '2' },
    ];
    expect(
      imported({ messages })
        .exported.messages.slice(2)
        .map(({ content }) => content),
    ).toEqual(['1', '2']);
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{', /not JSON/],
    ['no messages', '{"messages":[]}', /messages: there is no message/],
    ['an unknown role', '{"messages":[{"role":"robot","content":""}]}', /messages\.0\.role/],
    ['an image', '{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}', /messages\.0\.content/],
    [
      'a late system message',
      '{"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}]}',
      /messages\.1: .*beginning/,
    ],
  ])('is refused where the file holds %s', (_, text, message) => {
    expect(() => readTrace(text)).toThrow(NotATrace);
    expect(() => readTrace(text)).toThrow(message);
  });

  it.each<[string, object[], RegExp]>([
    ['an assistant speaks first', [{ role: 'assistant', content: 'a' }], /Message 1/],
    [
      'a result answers nothing',
      [
        { role: 'user', content: 'a' },
        { role: 'tool', tool_call_id: 'x', content: '' },
      ],
      /Message 2.*"x"/,
    ],
    [
      'a call is never answered before others speak',
      [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: '', tool_calls: [call('x', 'read', {})] },
        { role: 'user', content: 'b' },
      ],
      /Message 3.*x/,
    ],
  ])('is refused where %s', (_, messages, message) => {
    expect(() => imported({ messages })).toThrow(CommandRejected);
    expect(() => imported({ messages })).toThrow(message);
  });

  it('comes back whatever was said in it', () => {
    const words = fc.string({ unit: 'grapheme', maxLength: 30 });
    const args = fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.jsonValue(), { maxKeys: 3 });
    const round = fc.record({
      content: words,
      reasoning: fc.option(words),
      calls: fc.array(fc.tuple(args, words, fc.boolean()), { maxLength: 3 }),
    });
    const turn = fc.record({ input: words, rounds: fc.array(round, { minLength: 1, maxLength: 3 }), answer: words });
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 4 }), fc.option(words), (turns, system) => {
        let number = 0;
        const messages: Record<string, unknown>[] = system === null ? [] : [{ role: 'system', content: system }];
        for (const { input, rounds, answer } of turns) {
          messages.push({ role: 'user', content: input });
          for (const { content, reasoning, calls } of rounds) {
            const numbered = calls.map(([value, result, isText]) => ({
              callId: `id-${number++}`,
              value: isText ? JSON.stringify(value) : value,
              result,
            }));
            messages.push({
              role: 'assistant',
              content,
              ...(reasoning !== null && { reasoning_content: reasoning }),
              ...(numbered.length > 0 && { tool_calls: numbered.map(({ callId, value }) => call(callId, 'read', value)) }),
            });
            for (const { callId, result } of numbered) messages.push({ role: 'tool', tool_call_id: callId, content: result });
          }
          messages.push({ role: 'assistant', content: answer });
        }
        const { exported, events } = imported({ model: 'm', messages, tools: [tool] });
        expect(essence(exported.messages as never)).toEqual(essence(messages));
        expect(verifyConversation(id, events, { sha256 }).verdict).toBe('verified');
        expect(imported(exported).exported.messages).toEqual(exported.messages);
      }),
    );
  });
});
