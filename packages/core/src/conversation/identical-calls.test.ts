import { describe, expect, it } from 'vitest';
import { aConversation, aFailure, aTool, claimOf, textResult } from '../testing/conversation-builder.ts';
import type { Limits } from './settings.ts';
import { phaseOf } from './state.ts';

const limited = (limits: Limits) =>
  aConversation({ limits })
    .withTools([aTool('read')])
    .withTurn('go');
const paused = (limit: number, reached: number) => ({
  type: 'TurnPaused',
  data: { turn: 1, reason: 'maxIdenticalCalls', limit, reached },
});

describe('maxIdenticalCalls', () => {
  const round = (story: ReturnType<typeof limited>, result = 'same') => {
    const asked = story.answered({ calls: [['read', '{}']] });
    const callId = asked.state.turn?.steps[0]?.call?.callId ?? '';
    return asked.returned(callId, result);
  };
  const held = round(round(round(limited({ maxIdenticalCalls: 3 }))));

  it('pauses after the same call with the same result so many times in a row', () => {
    expect(held.events.at(-1)).toMatchObject(paused(3, 3));
  });

  it('counts afresh once a person resumes', () => {
    const resumed = held.resumed();

    expect(resumed.events.at(-1)).toMatchObject({ type: 'StepScheduled', data: { call: { kind: 'model' } } });
    expect(phaseOf(round(round(resumed)).state)).toBe('running');
    expect(phaseOf(round(round(round(resumed))).state)).toBe('paused');
  });

  /** A round of calls with these names, which return in this order. */
  const roundOf = (story: ReturnType<typeof limited>, names: readonly string[], order: readonly number[]) => {
    const asked = story.answered({ calls: names.map((name) => [name, '{}'] as const) });
    const ids = (asked.state.turn?.steps ?? []).map(({ call }) => call?.callId ?? '');
    return order.reduce((open, index) => open.returned(ids[index] ?? '', names[index] ?? ''), asked);
  };
  const open = aConversation({ limits: { maxIdenticalCalls: 3 } })
    .withTools([aTool('read'), aTool('list')])
    .withTurn('go');

  it('sees a round of several calls that comes again, in whatever order their answers arrive', () => {
    const twice = roundOf(roundOf(open, ['read', 'list'], [0, 1]), ['read', 'list'], [1, 0]);

    expect(phaseOf(twice.state)).toBe('running');
    expect(roundOf(twice, ['read', 'list'], [0, 1]).events.at(-1)).toMatchObject(paused(3, 3));
  });

  it('counts each of the same calls of one round', () => {
    const story = roundOf(open, ['read', 'read', 'read'], [2, 0, 1]);

    expect(story.events.at(-1)).toMatchObject(paused(3, 3));
  });

  it('counts afresh after a call that was refused or did not return', () => {
    const twice = roundOf(roundOf(open, ['read'], [0]), ['read'], [0]);
    const refused = twice.answered({ calls: [['nowhere', '{}']] });
    const asked = twice.answered({ calls: [['read', '{}']] });
    const failed = asked.failed(aFailure('not_configured'), { callId: asked.state.turn?.steps[0]?.call?.callId ?? '' });

    for (const story of [refused, failed]) {
      expect(story.state.turn?.repeated.times).toBe(0);
      expect(phaseOf(roundOf(story, ['read'], [0]).state)).toBe('running');
    }
  });

  it('knows a result again whose keys come in another order', () => {
    const inOrder = [
      { isError: false, content: [{ text: 'same', type: 'text' }] },
      { content: [{ type: 'text', text: 'same' }], isError: false },
    ];
    const returning = (story: ReturnType<typeof limited>, index: number) => {
      const asked = story.answered({ calls: [['read', '{}']] });
      const { step, call } = asked.state.turn?.steps[0] ?? { step: 0 };
      const result = inOrder[index % 2] ?? textResult('');
      const started = asked.started(call?.callId);
      return started.handling({ type: 'RecordToolResult', step, attempt: 1, claim: claimOf(step, 1), result });
    };

    const story = [0, 1, 0].reduce(returning, limited({ maxIdenticalCalls: 3 }));

    expect(phaseOf(story.state)).toBe('paused');
  });

  it('counts afresh after another result', () => {
    const story = round(round(round(limited({ maxIdenticalCalls: 3 })), 'other'));

    expect(phaseOf(story.state)).toBe('running');
  });
});
