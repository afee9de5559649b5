import { describe, expect, it } from 'vitest';
import { aConversation, aTool } from '../testing/conversation-builder.ts';
import { given } from '../testing/given.ts';
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

describe('maxIdenticalCalls', () => {
  const round = (story: ReturnType<typeof limited>, result = 'same') => {
    const asked = story.answered({ calls: [['read', '{}']] });
    const callId = asked.state.turn?.steps[0]?.call?.callId ?? '';
    return asked.returned(callId, result);
  };
  const held = round(round(round(limited({ maxIdenticalCalls: 3 }))));

  it('pauses after the same call with the same result so many times in a row', () => {
    expect(held.events.at(-1)).toMatchObject(paused('maxIdenticalCalls', 3, 3));
  });

  it('counts afresh once a person resumes', () => {
    const resumed = held.resumed();

    expect(resumed.events.at(-1)).toMatchObject(nextModelStep);
    expect(phaseOf(round(round(resumed)).state)).toBe('running');
    expect(phaseOf(round(round(round(resumed))).state)).toBe('paused');
  });

  it('counts afresh after another result', () => {
    const story = round(round(round(limited({ maxIdenticalCalls: 3 })), 'other'));

    expect(phaseOf(story.state)).toBe('running');
  });
});

describe('resuming', () => {
  it('is refused when no turn is paused', () => {
    given(...limited({}).events)
      .when({ type: 'ResumeTurn' })
      .thenRejected('not_paused');
  });
});
