import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evolve } from '../conversation/evolve.ts';
import { toModelRequest } from '../conversation/model-request.ts';
import type { ModelProfile } from '../conversation/settings.ts';
import { initialState } from '../conversation/state.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { aConversation, aTool, plainProfile } from '../testing/conversation-builder.ts';
import { eventsOf, generateHistory } from '../testing/generate-history.ts';
import { given, recordAfter, shortHash, storyId } from '../testing/given.ts';
import { createRequestHashes, gatheringHash, type RunningHash } from './hash-requests.ts';

const mediaProfiles: readonly Partial<ModelProfile>[] = [
  {},
  { toolMedia: ['image'] },
  { toolMedia: ['image'], toolMediaIn: 'tool', requireReasoning: true },
];
const profiles: readonly ModelProfile[] = (['none', 'reasoning', 'reasoning_content'] as const).flatMap((sendReasoning) =>
  (['turn', 'all'] as const).flatMap((sendReasoningOf) =>
    mediaProfiles.map((media) => ({ ...plainProfile, sendReasoning, sendReasoningOf, ...media })),
  ),
);

/** The same history of a model that thinks and sees, and whose server has a profile of its own. */
const thinking = (events: readonly Recorded[], profile: ModelProfile): readonly Recorded[] =>
  events.map((event) => {
    if (event.type === 'ConversationStarted' && event.data.model !== undefined)
      return { ...event, data: { ...event.data, model: { ...event.data.model, profile, params: { 7: 'first', seed: 1 } } } };
    if (event.type === 'ToolReturned') {
      const image = { type: 'image', mimeType: 'image/png', data: `AA${event.version}` };
      const content = event.version % 2 === 0 ? [...event.data.result.content, image] : event.data.result.content;
      return { ...event, data: { ...event.data, result: { ...event.data.result, content } } };
    }
    if (event.type !== 'ModelResponded') return event;
    const { message } = event.data;
    return { ...event, data: { ...event.data, message: { ...message, reasoning: `thought ${event.version}` } } };
  });

/** A fork of it that sets another system prompt and says something new. */
const forkedAt = (events: readonly Recorded[], version: number): readonly Recorded[] => {
  const prefix = events.slice(0, version);
  const state = prefix.reduce(evolve, initialState);
  const parent = { conversationId: storyId, version: state.version };
  const { events: added } = given(...prefix).when({
    type: 'ForkConversation',
    parent,
    systemPrompt: 'Other.',
    input: 'and now?',
  });
  return [...prefix, ...recordAfter(state, added, state.updatedAt)];
};

const mustAgree = (events: readonly Recorded[]): number => mustAgreeIn(events, 1) + mustAgreeIn(events, 2);

const mustAgreeIn = (events: readonly Recorded[], renderer: number): number => {
  const hashOf = createRequestHashes(() => gatheringHash(shortHash));
  let state = initialState;
  let requests = 0;
  for (const event of events) {
    state = evolve(state, event);
    const body = toModelRequest(state, renderer);
    requests += body === undefined ? 0 : 1;
    expect([event.version, hashOf(state, renderer)]).toEqual([event.version, body && shortHash(body)]);
  }
  return requests;
};

describe('the hashes of requests', () => {
  it('are those of their whole texts, in whatever history', { timeout: 60_000 }, () => {
    const move = fc.record({ kind: fc.nat(15), a: fc.nat(99), b: fc.nat(99), ms: fc.nat(3_000) });
    const moves = fc.array(move, { minLength: 1, maxLength: 40, size: 'max' });
    let requests = 0;
    fc.assert(
      fc.property(moves, fc.constantFrom(...profiles), fc.nat(99), (history, profile, fork) => {
        const events = thinking(eventsOf(generateHistory(history)), profile);
        requests += mustAgree(events);
        requests += mustAgree(forkedAt(events, 1 + (fork % events.length)));
      }),
      { numRuns: 120 },
    );
    expect(requests).toBeGreaterThan(2_000);
  });

  it('cost what a conversation holds, not what its requests held', () => {
    const rounds = 120;
    let story = aConversation()
      .withTools([aTool('read')])
      .withTurn('go');
    for (let round = 1; round <= rounds; round += 1) {
      story = story.answered({ calls: [['read', `{"path":"${round}"}`]] });
      story = story.returned(story.state.turn?.steps[0]?.call?.callId ?? '', 'x'.repeat(100));
      if (round % 10 === 0) story = story.answered({ content: 'So far.' }).withTurn('on');
      if (round % 10 === 0)
        story = story
          .answered({ calls: [['read', '{}']] })
          .cancelled()
          .withTurn('on');
    }
    let [hashed, whole] = [0, 0];
    const counting = (): RunningHash => ({ update: (text) => (hashed += text.length), copy: counting, digest: () => '' });
    const hashOf = createRequestHashes(counting);
    let state = initialState;
    for (const event of thinking(story.events, { ...plainProfile, sendReasoning: 'reasoning' })) {
      state = evolve(state, event);
      if (hashOf(state) !== undefined) whole += toModelRequest(state)?.length ?? 0;
    }
    const last = toModelRequest(state)?.length ?? 0;
    expect(whole).toBeGreaterThan(50 * last);
    // Each message at most twice; what stands around the messages with every request.
    expect(hashed).toBeLessThan(6 * last);
  });
});
