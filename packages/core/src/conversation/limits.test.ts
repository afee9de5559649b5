import { describe, expect, it } from 'vitest';
import { aConversation, aFailure, aTool, someSettings } from '../testing/conversation-builder.ts';
import { given } from '../testing/given.ts';
import type { Usage } from './messages.ts';
import { openWork } from './open-work.ts';
import type { Limits } from './settings.ts';
import { phaseOf } from './state.ts';

const usage = { promptTokens: 60, completionTokens: 40 };
const limited = (limits: Limits) =>
  aConversation({ limits })
    .withTools([aTool('read')])
    .withTurn('go');
const paused = (reason: string, limit: number, reached: number) => ({
  type: 'TurnPaused',
  data: { turn: 1, reason, limit, reached },
});
const nextToolStep = { type: 'StepScheduled', data: { call: { kind: 'tool' } } };
const nextModelStep = { type: 'StepScheduled', data: { call: { kind: 'model' } } };

describe('maxSteps', () => {
  const held = limited({ maxSteps: 2 }).answered({
    calls: [
      ['read', '{"path":"a"}'],
      ['read', '{"path":"b"}'],
    ],
  });

  it('pauses before a round of calls that would exceed it, and starts none of them', () => {
    expect(held.events.at(-1)).toMatchObject(paused('maxSteps', 2, 3));
    expect(phaseOf(held.state)).toBe('paused');
    expect(held.state.turn?.steps).toEqual([]);
  });

  it('pauses before a model call', () => {
    const story = limited({ maxSteps: 2 })
      .answered({ calls: [['read', '{}']] })
      .returned('call_1_1', 'ok');

    expect(story.events.at(-1)).toMatchObject(paused('maxSteps', 2, 3));
  });

  it('continues with exactly the calls it held back once raised', () => {
    const { events } = given(...held.events).when({ type: 'ResumeTurn', limits: { maxSteps: 3 } });

    expect(events).toMatchObject([
      { type: 'TurnResumed', data: { turn: 1, limits: { maxSteps: 3 } } },
      { type: 'StepScheduled', data: { step: 2, call: { callId: 'call_1_1' } } },
      { type: 'StepScheduled', data: { step: 3, call: { callId: 'call_1_2' } } },
    ]);
  });

  it('refuses to resume while it is not raised far enough', () => {
    given(...held.events)
      .when({ type: 'ResumeTurn' })
      .thenRejected('limit_not_raised');
    given(...held.events)
      .when({ type: 'ResumeTurn', limits: { maxSteps: 2 } })
      .thenRejected('limit_not_raised');
  });
});

describe('maxTokens', () => {
  const held = limited({ maxTokens: 100 }).answered({ calls: [['read', '{}']], usage });

  it('pauses once the turn has used them', () => {
    expect(held.events.at(-1)).toMatchObject(paused('maxTokens', 100, 100));
  });

  it('continues once raised', () => {
    const { events } = given(...held.events).when({ type: 'ResumeTurn', limits: { maxTokens: 101 } });

    expect(events[1]).toMatchObject({ type: 'StepScheduled', data: { call: { callId: 'call_1_1' } } });
  });

  it('does not hold a turn that is done', () => {
    const story = limited({ maxTokens: 100 }).answered({ content: 'done', usage });

    expect(phaseOf(story.state)).toBe('idle');
  });

  it('counts each turn afresh', () => {
    const story = limited({ maxTokens: 100 }).answered({ content: 'done', usage }).withTurn('more');

    expect(phaseOf(story.state)).toBe('running');
  });
});

describe('maxConversationTokens', () => {
  const held = limited({ maxConversationTokens: 100 }).answered({ content: 'done', usage }).withTurn('more');

  it('pauses before the first call of the next turn', () => {
    expect(held.events.at(-1)).toMatchObject({
      type: 'TurnPaused',
      data: { turn: 2, reason: 'maxConversationTokens', reached: 100 },
    });
  });

  it('continues with that call once raised', () => {
    const { events } = given(...held.events).when({ type: 'ResumeTurn', limits: { maxConversationTokens: 200 } });

    expect(events[1]).toMatchObject(nextModelStep);
  });
});

describe('maxWallMs', () => {
  it('pauses once attempts were open for so long', () => {
    const story = limited({ maxWallMs: 1_000 })
      .started()
      .after(1_000)
      .answered({ calls: [['read', '{}']] });

    expect(story.events.at(-1)).toMatchObject(paused('maxWallMs', 1_000, 1_000));
  });

  it('does not count the time in which no attempt is open', () => {
    const story = limited({ maxWallMs: 1_000 })
      .after(5_000)
      .answered({ calls: [['read', '{}']] })
      .after(5_000)
      .returned('call_1_1', 'ok');

    expect(story.events.at(-1)).toMatchObject(nextModelStep);
  });

  it('counts the time in which several attempts are open once', () => {
    const open = limited({ maxWallMs: 1_500 }).answered({
      calls: [
        ['read', '{"path":"a"}'],
        ['read', '{"path":"b"}'],
      ],
    });

    const story = open.started('call_1_1').started('call_1_2').after(1_000).returned('call_1_1', 'a').returned('call_1_2', 'b');

    expect(story.events.at(-1)).toMatchObject(nextModelStep);
    expect(story.state.turn?.activeMs).toBe(1_000);
  });
});

describe('a limit that is reached before another attempt', () => {
  const limits = { maxWallMs: 1_000, maxSteps: 2 };
  const busy = aFailure('rate_limited', { retryAfterMs: 60_000 });
  const held = limited(limits).started().after(1_000).failed(busy);

  it('pauses instead of trying on, and no worker takes the attempt', () => {
    expect(held.events.at(-1)).toMatchObject(paused('maxWallMs', 1_000, 1_000));
    expect(phaseOf(held.state)).toBe('paused');
    expect(openWork(held.state)).toEqual([]);
  });

  it('continues with exactly that attempt once raised, no earlier than the server asked for', () => {
    const due = held.state.turn?.steps[0]?.dueAt;

    const after = given(...held.events).when({ type: 'ResumeTurn', limits: { maxWallMs: 2_000 } });

    after.then({ type: 'TurnResumed', data: { turn: 1, limits: { maxWallMs: 2_000 } } });
    expect(openWork(after.state)).toEqual([{ step: 1, attempt: 2, dueAt: due }]);
  });

  it('refuses to resume while it is not raised far enough', () => {
    given(...held.events)
      .when({ type: 'ResumeTurn' })
      .thenRejected('limit_not_raised');
  });

  it('needs no further step of maxSteps to go on', () => {
    const full = limited({ ...limits, maxSteps: 1 })
      .started()
      .after(1_000)
      .failed(busy);

    expect(phaseOf(full.resumed({ maxWallMs: 2_000 }).state)).toBe('running');
  });

  it('does not hold a step that has no attempt left', () => {
    const story = limited(limits).started().after(1_000).failed(aFailure('unauthorized'));

    expect(story.events.at(-1)?.type).toBe('TurnFailed');
  });

  it('leaves the other calls of the round to their workers, and takes their answers', () => {
    const open = limited({ maxWallMs: 1_000 }).answered({
      calls: [
        ['read', '{"path":"a"}'],
        ['read', '{"path":"b"}'],
      ],
    });
    const one = open.started('call_1_1').started('call_1_2').after(1_000).failed(busy, { callId: 'call_1_1' });

    const both = one.returned('call_1_2', 'b');

    expect(openWork(one.state)).toMatchObject([{ step: 3, claim: 'claim-3-1' }]);
    expect(both.state.turn).toMatchObject({ paused: 'maxWallMs', steps: [{ phase: 'due' }, { phase: 'settled' }] });
    expect(openWork(both.resumed({ maxWallMs: 9_000 }).state)).toMatchObject([{ step: 2, attempt: 2 }]);
  });
});

describe('resuming', () => {
  it('is refused when no turn is paused', () => {
    given(...limited({}).events)
      .when({ type: 'ResumeTurn' })
      .thenRejected('not_paused');
  });
});

describe('maxCost', () => {
  const price = { input: 1_000, output: 4_000, cachedInput: 100 };
  const model = { ...someSettings().model, price };
  const spent = (limits: Limits, counted: Usage = usage) =>
    aConversation({ limits, model })
      .withTools([aTool('read')])
      .withTurn('go')
      .answered({ calls: [['read', '{}']], usage: counted });

  it('pauses before the call that would spend more, and says what was spent', () => {
    // 60 × 1,000 + 40 × 4,000 for a million tokens.
    expect(spent({ maxCost: 0.2 }).events.at(-1)).toMatchObject(paused('maxCost', 0.2, 0.22));
    expect(spent({ maxCost: 0.23 }).events.at(-1)).toMatchObject(nextToolStep);
  });

  it('counts cached tokens at their own price', () => {
    const cached = { ...usage, cachedTokens: 50 };
    expect(spent({ maxCost: 0.2 }, cached).state.cost).toBeCloseTo(0.175);
  });

  it('goes on where it stopped once it is raised', () => {
    given(...spent({ maxCost: 0.2 }).events)
      .when({ type: 'ResumeTurn', limits: { maxCost: 0.2 } })
      .thenRejected('limit_not_raised');
    expect(given(...spent({ maxCost: 0.2 }).events).when({ type: 'ResumeTurn', limits: { maxCost: 1 } }).events).toMatchObject([
      { type: 'TurnResumed' },
      nextToolStep,
    ]);
  });

  it('holds over the turns of a conversation', () => {
    const { events } = aConversation({ limits: { maxConversationCost: 0.2 }, model })
      .withTurn('go')
      .answered({ content: 'Done.', usage })
      .withTurn('more');
    expect(events.at(-1)).toMatchObject({ type: 'TurnPaused', data: { turn: 2, reason: 'maxConversationCost', reached: 0.22 } });
  });
});

describe('limits of a conversation', () => {
  it('count the steps of all its turns', () => {
    const { events } = aConversation({ limits: { maxConversationSteps: 1 } })
      .withTurn('go')
      .answered({ content: 'Done.' })
      .withTurn('more');
    expect(events.at(-1)).toMatchObject({ data: { turn: 2, reason: 'maxConversationSteps', limit: 1, reached: 2 } });
  });

  it('count the working time of all its turns, and no waiting', () => {
    const story = aConversation({ limits: { maxConversationWallMs: 5_000 } })
      .withTurn('go')
      .started()
      .after(5_000)
      .answered({ content: 'Done.' })
      .after(60_000)
      .withTurn('more');
    expect(story.events.at(-1)).toMatchObject({ data: { reason: 'maxConversationWallMs', reached: 5_000 } });
  });

  it('stop a model that loops for ever, with no more calls than were in flight', () => {
    let story = aConversation({ limits: { maxTokens: 1_000 } })
      .withTools([aTool('read')])
      .withTurn('go');
    for (let round = 0; story.state.turn?.paused === undefined; round++) {
      expect(round).toBeLessThan(11);
      const id = `call_${story.state.steps}_1`;
      story = story.answered({ calls: [['read', `{"n":${round}}`]], usage });
      if (story.state.turn?.paused === undefined) story = story.returned(id, String(round));
    }
    expect(story.state.usage).toEqual({ promptTokens: 600, completionTokens: 400 });
    expect(story.events.filter(({ type }) => type === 'ModelResponded')).toHaveLength(10);
  });
});
