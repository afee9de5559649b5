import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evolve, fold } from '../conversation/evolve.ts';
import { toModelRequest } from '../conversation/model-request.ts';
import { initialState } from '../conversation/state.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { aConversation, aFailure, aTool, someSettings } from '../testing/conversation-builder.ts';
import { eventsOf, generateHistory } from '../testing/generate-history.ts';
import { given, recordAfter, shortHash, storyId } from '../testing/given.ts';
import { projectConversation } from './project-conversation.ts';
import { verifyConversation } from './verify-conversation.ts';

/** The builder's attempts name no real request: here each gets the hash of what its prefix renders to. */
const withTrueRequests = (events: readonly Recorded[]): readonly Recorded[] => {
  let state = initialState;
  return events.map((event) => {
    const body = toModelRequest(state);
    state = evolve(state, event);
    if (event.type !== 'AttemptStarted' || event.data.request === undefined || body === undefined) return event;
    return { ...event, data: { ...event.data, request: { ...event.data.request, sha256: shortHash(body) } } };
  });
};

const story = withTrueRequests(
  aConversation({ systemPrompt: 'Be brief.' })
    .withTools([aTool('read'), aTool('pay', { approval: 'ask' })])
    .withTurn('go')
    .failed(aFailure('unavailable'))
    .after(60_000)
    .answered({
      calls: [
        ['read', '{"path":"a"}'],
        ['pay', '{}'],
      ],
    })
    .returned('call_1_1', 'a')
    .decided('call_1_2', { decision: 'reject', reason: 'no' })
    .answered({ content: 'Done.' })
    .withTurn('again')
    .cancelled().events,
);

const verify = (events: readonly Recorded[]) => verifyConversation(storyId, events, { sha256: shortHash });
const change = (version: number, changed: Partial<Recorded>): readonly Recorded[] =>
  story.map((event) => (event.version === version ? ({ ...event, ...changed } as Recorded) : event));
const versionOf = (type: Recorded['type']): number => story.find((event) => event.type === type)?.version ?? 0;

describe('verify', () => {
  it('renders every recorded request again, and executes nothing', () => {
    expect(verify(story)).toEqual({
      id: storyId,
      mode: 'verify',
      at: story.length,
      executed: 'nothing',
      verdict: 'verified',
      requests: 3,
    });
  });

  it('says so of every prefix, and of every fork', () => {
    for (let at = 1; at <= story.length; at += 1) {
      const prefix = story.slice(0, at);
      expect(verify(prefix)).toMatchObject({ verdict: 'verified', at });
      const forked = given(...prefix).when({
        type: 'ForkConversation',
        parent: { conversationId: storyId, version: at },
        input: 'x',
        systemPrompt: 'Be rude.',
      }).events;
      const state = fold(prefix);
      expect(verify([...prefix, ...recordAfter(state, forked, state.updatedAt)])).toMatchObject({ verdict: 'verified' });
    }
  });

  it.each<[string, readonly Recorded[], object]>([
    [
      'a prompt that was changed',
      change(1, { data: { ...story[0]?.data, systemPrompt: 'Be rude.' } } as Partial<Recorded>),
      { version: versionOf('AttemptStarted'), kind: 'request' },
    ],
    [
      'a result that was changed',
      change(versionOf('ToolReturned'), {
        data: {
          ...story[versionOf('ToolReturned') - 1]?.data,
          result: { content: [{ type: 'text', text: 'b' }], isError: false },
        },
      } as Partial<Recorded>),
      { kind: 'request' },
    ],
    ['an event that is missing', story.filter(({ version }) => version !== 4), { version: 4, kind: 'version' }],
    [
      'an event that stands twice',
      story.flatMap((event) => (event.version === 4 ? [event, event] : [event])),
      { version: 5, kind: 'version' },
    ],
    ['a time that runs backwards', change(5, { recordedAt: '2001-01-01T00:00:00.000Z' }), { version: 5, kind: 'time' }],
    ['data that is not of its schema', change(3, { data: {} } as Partial<Recorded>), { version: 3, kind: 'schema' }],
    ['an event of a newer schema', change(3, { schemaVersion: 99 }), { version: 3, kind: 'schema' }],
    [
      'a field that nobody knows, where a known one may stand',
      change(versionOf('AttemptStarted'), { data: { step: 1, attempt: 1, claim: 'c', worker: 'w', Request: {} } } as never),
      { version: versionOf('AttemptStarted'), kind: 'schema' },
    ],
    [
      'such a field within another',
      change(versionOf('ModelResponded'), {
        data: { ...story[versionOf('ModelResponded') - 1]?.data, message: { content: null, toolCalls: [], Reasoning: 'x' } },
      } as never),
      { version: versionOf('ModelResponded'), kind: 'schema' },
    ],
    ['an event of a schema that never was', change(3, { schemaVersion: 0 }), { version: 3, kind: 'schema' }],
    ['an event that lost its schema version', change(3, { schemaVersion: undefined as never }), { version: 3, kind: 'schema' }],
    [
      'an event that nobody knows',
      change(3, { type: 'Renamed' } as unknown as Partial<Recorded>),
      { version: 3, kind: 'schema' },
    ],
  ])('names the first version of %s', (_, events, difference) => {
    expect(verify(events)).toMatchObject({ verdict: 'differs', difference });
  });

  it('says where another tool snapshot was used', () => {
    const listed = versionOf('ToolsListed');
    const [started] = story.filter(({ type }) => type === 'AttemptStarted');
    const changed = change(listed, { type: 'FeedbackGiven', data: {} } as Partial<Recorded>);
    expect(verify(changed).difference).toMatchObject({ version: started?.version, kind: 'request' });
  });

  it('renders each request with the renderer that made it, and says so where it knows none', () => {
    const { model } = someSettings();
    const params = { extra_body: { top_k: 1 } };
    const asked = aConversation({ model: { ...model, params } })
      .withTurn('go')
      .answered({ content: 'ok' }).events;
    const inBytesOf = (renderer: number, recorded: number) => {
      const at = asked.findIndex(({ type }) => type === 'AttemptStarted');
      const sha256 = shortHash(toModelRequest(fold(asked.slice(0, at)), renderer) ?? '');
      return asked.map((event, index) =>
        index === at
          ? ({ ...event, data: { ...event.data, request: { sha256, renderer: recorded, toolsVersion: 0 } } } as Recorded)
          : event,
      );
    };

    expect([1, 2].map((renderer) => verify(inBytesOf(renderer, renderer)).verdict)).toEqual(['verified', 'verified']);
    expect(verify(inBytesOf(1, 2)).difference).toMatchObject({ kind: 'request' });
    expect(verify(inBytesOf(2, 9)).difference).toMatchObject({ kind: 'request', message: expect.stringContaining('renderer 9') });
  });

  it('says that an erased conversation is erased', () => {
    const tombstones = story.map((event): Recorded => ({ ...event, type: 'ConversationErased', data: {} }));
    expect(verify(tombstones)).toMatchObject({ verdict: 'erased', requests: 0 });
    expect(verify(tombstones.filter(({ version }) => version !== 4))).toMatchObject({ verdict: 'differs' });
  });

  it('finds nothing in histories nobody wrote', { timeout: 60_000 }, () => {
    const move = fc.record({ kind: fc.nat(15), a: fc.nat(99), b: fc.nat(99), ms: fc.nat(3_000) });
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 36, size: 'max' }), (moves) => {
        expect(verify(withTrueRequests(eventsOf(generateHistory(moves))))).toMatchObject({ verdict: 'verified' });
      }),
      { numRuns: 200 },
    );
  });
});

describe('project', () => {
  it('gives the state and the messages at a version, and executes nothing', () => {
    const at = versionOf('ApprovalRequested');
    const report = projectConversation(storyId, fold(story.slice(0, at)));
    expect(report).toMatchObject({ mode: 'project', at, executed: 'nothing', phase: 'running', model: 'small' });
    expect(report.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'tool']);
    expect(report.waitingFor?.[0]).toMatchObject({ callId: 'call_1_2', kind: 'approval' });
  });
});
