import { describe, expect, it } from 'vitest';
import type { Command } from '../conversation/commands.ts';
import { fold } from '../conversation/evolve.ts';
import { phaseOf } from '../conversation/state.ts';
import { aConversation, aTool, textResult } from '../testing/conversation-builder.ts';
import { given, recordAfter, storyId } from '../testing/given.ts';
import { planReplay } from './plan-replay.ts';
import { callKey, createOccurrences, recordingsOf } from './recordings.ts';

const read = aTool('read', { trusted: true, annotations: { readOnlyHint: true } });
const pay = aTool('pay');
const story = aConversation({ systemPrompt: 'Be brief.' })
  .withTurn('go')
  .withTools([read, pay])
  .answered({
    calls: [
      ['read', '{"path":"a","n":1}'],
      ['pay', '{}'],
    ],
  })
  .returned('call_1_2', 'paid')
  .returned('call_1_1', 'first')
  .answered({ calls: [['read', '{"n":1.0, "path":"a"}']] })
  .returned('call_4_1', 'second')
  .answered({ content: 'Done.' })
  .withTurn('never mind')
  .withTurn('better', 'rollback')
  .answered({ content: 'Better.' });

const forkOf = (mode: 'cassette' | 'live', at = story.events.length) => {
  const command = planReplay(storyId, story.events.slice(0, at), mode);
  const prefix = story.events.slice(0, command.parent.version);
  const forked = given(...prefix).when(command);
  return { command, events: [...prefix, ...recordAfter(given(...prefix).state, forked.events, story.now)], forked };
};

describe('the plan of a replay', () => {
  it('forks before the first turn and says again what the history shows', () => {
    expect(forkOf('live').command).toMatchObject({
      type: 'ForkConversation',
      parent: { conversationId: storyId, version: 1 },
      systemPrompt: 'Be brief.',
      servers: ['files'],
      replay: { mode: 'live', source: storyId, through: story.events.length },
      inputs: ['go', 'better'],
    });
    expect(forkOf('live').command).not.toHaveProperty('tools');
  });

  it('says again no more than the prefix holds', () => {
    const second = story.events.findIndex(({ type, version }) => type === 'TurnStarted' && version > 2);
    expect(forkOf('live', second).command.inputs).toEqual(['go']);
  });

  it('asks one input after the other', () => {
    expect(forkOf('cassette').forked.events.map(({ type }) => type)).toEqual([
      'ConversationForked',
      'ToolsListed',
      'TurnStarted',
      'TurnQueued',
      'StepScheduled',
    ]);
  });

  it('is refused where nobody spoke', () => {
    expect(() => planReplay(storyId, story.events.slice(0, 1), 'live')).toThrow(/nothing to perform again/);
  });
});

describe('recordings', () => {
  const recordings = recordingsOf(story.events);
  const call = (tool: string, raw: string) => ({ server: 'files', tool, arguments: raw });

  it('are found by the value of the arguments, the second time the second result, and then that one again', () => {
    const same = call('read', '{"path": "a", "n": 1}');
    expect([0, 1, 2].map((occurrence) => recordings.find(same, occurrence))).toEqual([
      textResult('first'),
      textResult('second'),
      textResult('second'),
    ]);
  });

  it('are missing for other arguments, other tools and other servers', () => {
    expect(recordings.find(call('read', '{"path":"b","n":1}'), 0)).toBeUndefined();
    expect(recordings.find(call('write', '{}'), 0)).toBeUndefined();
    expect(recordings.find({ ...call('pay', '{}'), server: 'bank' }, 0)).toBeUndefined();
    expect(callKey(call('pay', ''))).toBe(callKey(call('pay', '{ }')));
  });

  it('count how often a call was made before', () => {
    const { state } = story;
    const occurrenceOf = createOccurrences();
    const calls = { callId: 'call_4_1', name: 'read', ...call('read', '{"n":1,"path":"a"}') };
    expect(occurrenceOf(calls, state)).toBe(1);
    expect(occurrenceOf({ ...calls, callId: 'call_1_1' }, state)).toBe(0);
  });

  it('count the same whether they were asked at each version or at one', () => {
    const each = createOccurrences();
    for (let at = 1; at <= story.events.length; at += 1) {
      const state = fold(story.events.slice(0, at));
      for (const { call: open } of state.turn?.steps ?? [])
        if (open !== undefined) expect([at, each(open, state)]).toEqual([at, createOccurrences()(open, state)]);
    }
  });

  it('hold a result that a person gave, and none of a call that was rejected', () => {
    const lost = aConversation()
      .withTools([pay, aTool('wipe', { approval: 'ask' })])
      .withTurn('go')
      .answered({
        calls: [
          ['pay', '{}'],
          ['wipe', '{}'],
        ],
      })
      .failed({ kind: 'timeout', message: 'gone' }, { callId: 'call_1_1', sent: true })
      .decided('call_1_1', { decision: 'resolve', result: textResult('it went through') })
      .decided('call_1_2', { decision: 'reject' });
    expect(recordingsOf(lost.events).find(call('pay', '{}'), 0)).toEqual(textResult('it went through'));
    expect(recordingsOf(lost.events).find(call('wipe', '{}'), 0)).toBeUndefined();
  });
});

describe('a replay', () => {
  /** The replay once its model has asked for this. */
  const asked = (mode: 'cassette' | 'live', tools = [read, pay], name = 'pay') => {
    const start = aConversation().handling({ type: 'RecordTools', servers: ['files'], tools, warnings: [] });
    const fork: Command = {
      type: 'ForkConversation',
      parent: { conversationId: storyId, version: start.state.version },
      replay: { mode, source: storyId, through: 9 },
      inputs: ['go'],
      supersede: false,
    };
    return start.handling(fork).answered({ calls: [[name, '{}']] });
  };

  it('in earnest asks again for what may have side effects, and for nothing that only reads', () => {
    expect(asked('live').events.at(-1)).toMatchObject({ type: 'ApprovalRequested', data: { call: { name: 'pay' } } });
    expect(asked('live', [read, pay], 'read').events.at(-1)).toMatchObject({ type: 'StepScheduled' });
    const annotated = aTool('pay', { annotations: { readOnlyHint: true } });
    expect(asked('live', [annotated]).events.at(-1)?.type).toBe('ApprovalRequested');
  });

  it('from a cassette asks nobody, save where the policy is never', () => {
    const asks = aTool('pay', { approval: 'ask' });
    expect(asked('cassette', [asks]).events.at(-1)).toMatchObject({ type: 'StepScheduled', data: { call: { name: 'pay' } } });
    expect(asked('cassette', [aTool('pay', { approval: 'never' })]).events.map(({ type }) => type)).toContain('ToolCallRefused');
  });

  it('stops at a call that was never recorded, and goes on only in a fork', () => {
    const waiting = asked('cassette');
    const stopped = waiting.handling({ type: 'StopReplay', step: 2 });
    expect(stopped.events.at(-1)).toMatchObject({ type: 'ReplayStopped', data: { turn: 1, step: 2, call: { name: 'pay' } } });
    expect(phaseOf(stopped.state)).toBe('paused');
    given(...stopped.events)
      .when({ type: 'StopReplay', step: 2 })
      .thenNothingHappened();
    given(...stopped.events)
      .when({ type: 'ResumeTurn' })
      .thenRejected('replay_stopped');
    const parent = { conversationId: storyId, version: stopped.state.version };
    const { state } = given(...stopped.events).when({ type: 'ForkConversation', parent, input: 'go on' });
    expect(state.replay).toBeUndefined();
  });

  it('is stopped by no late word about a call that is under way', () => {
    given(...asked('cassette').started('call_1_1').events)
      .when({ type: 'StopReplay', step: 2 })
      .thenNothingHappened();
  });
});
