import { describe, expect, it } from 'vitest';
import {
  aConversation,
  aFailure,
  aTool,
  claimOf,
  modelAnswer,
  startAttemptOf,
  textResult,
} from '../testing/conversation-builder.ts';
import { given } from '../testing/given.ts';
import { phaseOf } from './state.ts';
import { entriesOf } from './transcript.ts';

const tools = [aTool('read'), aTool('write')];
const asking = aConversation().withTools(tools).withTurn('go').started();
const toolStep = (step: number, callId: string, name: string, raw: string) =>
  ({
    type: 'StepScheduled',
    data: { turn: 1, step, call: { kind: 'tool', callId, name, server: 'files', tool: name, arguments: raw } },
  }) as const;

describe('after a model answer', () => {
  it('completes the turn when the model asks for no tool', () => {
    given(...asking.events)
      .when(modelAnswer({ step: 1, attempt: 1 }, { content: 'Done.' }))
      .then(
        {
          type: 'ModelResponded',
          data: { step: 1, attempt: 1, claim: 'claim-1-1', message: { content: 'Done.', toolCalls: [] }, finishReason: 'stop' },
        },
        { type: 'TurnCompleted', data: { turn: 1 } },
      );
  });

  it('asks for all tools at once when the model requests several', () => {
    const answer = modelAnswer(
      { step: 1, attempt: 1 },
      {
        calls: [
          ['read', '{"path":"a"}'],
          ['write', ''],
        ],
      },
    );

    const { events } = given(...asking.events).when(answer);

    expect(events.slice(1)).toEqual([toolStep(2, 'call_1_1', 'read', '{"path":"a"}'), toolStep(3, 'call_1_2', 'write', '')]);
  });

  it('gives calls ids of its own and keeps the ids of the server', () => {
    const twice = { providerId: 'x', name: 'read', arguments: '' };
    const answer = { message: { content: null, toolCalls: [twice, twice] }, finishReason: 'tool_calls' };

    const { events } = given(...asking.events).when({
      type: 'RecordModelAnswer',
      step: 1,
      attempt: 1,
      claim: claimOf(1, 1),
      answer,
    });

    expect(events[0]).toMatchObject({
      data: {
        message: {
          toolCalls: [
            { ...twice, id: 'call_1_1' },
            { ...twice, id: 'call_1_2' },
          ],
        },
      },
    });
  });
});

describe('after tool answers', () => {
  const open = asking.answered({
    calls: [
      ['read', ''],
      ['write', ''],
    ],
  });

  it('calls the model again only after every tool has answered', () => {
    const one = open.returned('call_1_2', 'second');
    const both = one.returned('call_1_1', 'first');

    expect(one.events.at(-1)?.type).toBe('ToolReturned');
    expect(both.events.at(-1)).toMatchObject({ type: 'StepScheduled', data: { step: 4, call: { kind: 'model' } } });
  });

  it('renders answers in the order of the calls, not of their arrival', () => {
    const story = open.returned('call_1_2', 'second').returned('call_1_1', 'first');

    const answered = entriesOf(story.state.transcript).flatMap((entry) => (entry.kind === 'tool' ? [entry.callId] : []));
    expect(answered).toEqual(['call_1_1', 'call_1_2']);
  });
});

describe('a call that cannot run', () => {
  it('is refused with the names of the tools when its tool is unknown', () => {
    const { events } = given(...asking.events).when(modelAnswer({ step: 1, attempt: 1 }, { calls: [['delete', '{}']] }));

    expect(events[1]).toMatchObject({
      type: 'ToolCallRefused',
      data: { reason: 'unknown_tool', message: 'There is no tool named "delete". Tools: read, write.' },
    });
  });

  it('is refused with what is wrong when its arguments are no JSON object', () => {
    const { events } = given(...asking.events).when(modelAnswer({ step: 1, attempt: 1 }, { calls: [['read', '[1]']] }));

    expect(events[1]).toMatchObject({
      type: 'ToolCallRefused',
      data: {
        reason: 'bad_arguments',
        message: 'The arguments must be a JSON object, not an array. The tool was not called. Write the call again.',
      },
    });
  });

  it('is refused when the policy is never', () => {
    const { events } = aConversation({ approval: { write: 'never' } })
      .withTools(tools)
      .withTurn('go')
      .started();

    const after = given(...events).when(modelAnswer({ step: 1, attempt: 1 }, { calls: [['write', '{}']] }));

    expect(after.events[1]).toMatchObject({ type: 'ToolCallRefused', data: { reason: 'policy' } });
  });

  it('is read by the model in the next call', () => {
    const { events } = given(...asking.events).when(modelAnswer({ step: 1, attempt: 1 }, { calls: [['delete', '{}']] }));

    expect(events.at(-1)).toEqual({ type: 'StepScheduled', data: { turn: 1, step: 3, call: { kind: 'model' } } });
  });

  it('fails the turn in the fifth round in which every call is refused', () => {
    const bad = { calls: [['delete', '{}']] } as const;
    const four = asking.answered(bad).answered(bad).answered(bad).answered(bad);

    const five = four.answered(bad);

    expect(phaseOf(four.state)).toBe('running');
    expect(five.state.lastTurn).toMatchObject({ end: 'failed', failure: { kind: 'bad_output' } });
  });

  it('does not count calls that a policy refused: the model wrote them well', () => {
    const forbidden = { calls: [['write', '{}']] } as const;
    const open = aConversation({ approval: { write: 'never' } })
      .withTools(tools)
      .withTurn('go');

    const story = Array.from({ length: 6 }).reduce<typeof open>((before) => before.answered(forbidden), open);

    expect(phaseOf(story.state)).toBe('running');
    expect(story.state.turn?.refusals).toBe(0);
  });

  it('counts refused rounds afresh after one in which a call ran', () => {
    const bad = { calls: [['delete', '{}']] } as const;
    const four = asking.answered(bad).answered(bad).answered(bad).answered(bad);

    const story = four
      .answered({
        calls: [
          ['read', '{}'],
          ['delete', '{}'],
        ],
      })
      .returned('call_9_1', 'ok');

    expect(story.state.turn?.refusals).toBe(0);
  });
});

describe('a tool that cannot be reached', () => {
  it('becomes an answer the model reads', () => {
    const story = asking.answered({ calls: [['read', '']] }).failed(aFailure('not_configured'), { callId: 'call_1_1' });

    expect(entriesOf(story.state.transcript).at(-1)).toMatchObject({
      answer: { type: 'failed', failure: { kind: 'not_configured' } },
    });
    expect(story.events.at(-1)).toMatchObject({ type: 'StepScheduled', data: { call: { kind: 'model' } } });
  });

  it('is left to a person when an earlier attempt may have happened', () => {
    const open = aConversation()
      .withTools([aTool('pay', { onUnknownOutcome: 'retry' })])
      .withTurn('go')
      .answered({ calls: [['pay', '']] });

    const story = open
      .failed(aFailure('timeout'), { callId: 'call_1_1', sent: true })
      .failed(aFailure('not_configured'), { callId: 'call_1_1', sent: false });

    expect(story.events.at(-1)).toMatchObject({ type: 'ToolOutcomeUnknown', data: { attempt: 2, policy: 'ask' } });
    expect(phaseOf(story.state)).toBe('waiting');
  });

  it('is left to a person again when that one let it be tried again', () => {
    const open = asking.answered({ calls: [['read', '']] }).failed(aFailure('timeout'), { callId: 'call_1_1', sent: true });

    const story = open.decided('call_1_1', { decision: 'retry' }).failed(aFailure('not_configured'), { callId: 'call_1_1' });

    expect(story.events.at(-1)).toMatchObject({ type: 'ToolOutcomeUnknown', data: { attempt: 2, policy: 'ask' } });
  });
});

describe('an outcome of the wrong kind', () => {
  it('is recorded as superseded and changes no step', () => {
    const result = textResult('for nobody');

    const after = given(...asking.events).when({ type: 'RecordToolResult', step: 1, attempt: 1, claim: claimOf(1, 1), result });

    expect(after.events.map(({ type }) => type)).toEqual(['OutcomeSuperseded']);
    expect(after.state.turn).toEqual(asking.state.turn);
  });

  it('never starts what is not due', () => {
    given(...asking.events)
      .when(startAttemptOf({ step: 1, attempt: 2 }))
      .thenRejected('not_current');
  });
});
