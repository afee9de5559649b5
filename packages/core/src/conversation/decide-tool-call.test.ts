import { describe, expect, it } from 'vitest';
import { aConversation, aFailure, aTool, textResult } from '../testing/conversation-builder.ts';
import { given, shortHash } from '../testing/given.ts';
import type { Command } from './commands.ts';
import { callDigest } from './next-event.ts';
import { findStepOfCall, phaseOf } from './state.ts';
import { entriesOf } from './transcript.ts';

const tool = aTool('pay', { approval: 'ask' });
const waiting = aConversation()
  .withTools([tool])
  .withTurn('go')
  .answered({ calls: [['pay', '{"sum":1}']] });
const digest = callDigest(tool.digest, '{"sum":1}', { sha256: shortHash });
const lost = aConversation()
  .withTools([aTool('pay')])
  .withTurn('go')
  .answered({ calls: [['pay', '{}']] })
  .failed(aFailure('timeout'), { callId: 'call_1_1', sent: true });

type Decision = Omit<Extract<Command, { type: 'DecideToolCall' }>, 'type' | 'callId'>;
const decide = (decision: Decision, callId = 'call_1_1'): Command => ({ type: 'DecideToolCall', callId, ...decision });

describe('a call that asks for approval', () => {
  it('waits with a digest over its tool and exact arguments', () => {
    expect(waiting.events.at(-1)).toMatchObject({ type: 'ApprovalRequested', data: { step: 2, digest } });
    expect(phaseOf(waiting.state)).toBe('waiting');
  });

  it('runs once approved', () => {
    const after = given(...waiting.events).when(decide({ decision: 'approve', digest }));

    after.then({ type: 'ToolCallApproved', data: { step: 2, digest } });
    expect(findStepOfCall(after.state, 'call_1_1')?.phase).toBe('due');
  });

  it('runs with edited arguments', () => {
    const after = given(...waiting.events).when(
      decide({ decision: 'edit', digest, arguments: '{"sum":2}', reason: 'too little' }),
    );

    after.then({ type: 'ToolCallEdited', data: { step: 2, digest, arguments: '{"sum":2}', reason: 'too little' } });
    expect(findStepOfCall(after.state, 'call_1_1')?.call?.arguments).toBe('{"sum":2}');
  });

  it('stands in the history as it was executed once edited, beside calls that were not', () => {
    const two = aConversation()
      .withTools([tool])
      .withTurn('go')
      .answered({
        calls: [
          ['pay', '{"sum":1}'],
          ['pay', '{"sum":9}'],
        ],
      });

    const story = two.decided('call_1_1', { decision: 'edit', digest, arguments: '{"sum":2}' });

    expect(entriesOf(story.state.transcript).at(-1)).toMatchObject({
      message: { toolCalls: [{ arguments: '{"sum":2}' }, { arguments: '{"sum":9}' }] },
    });
  });

  it('is answered with the reason once rejected, and the model is asked again', () => {
    const after = given(...waiting.events).when(decide({ decision: 'reject', reason: 'No.' }));

    after.then(
      { type: 'ToolCallRejected', data: { step: 2, reason: 'No.' } },
      { type: 'StepScheduled', data: { turn: 1, step: 3, call: { kind: 'model' } } },
    );
    expect(entriesOf(after.state.transcript).at(-1)).toMatchObject({ answer: { type: 'rejected', reason: 'No.' } });
  });

  it('refuses approve and edit without a digest', () => {
    given(...waiting.events)
      .when(decide({ decision: 'approve' }))
      .thenRejected('digest_required');
    given(...waiting.events)
      .when(decide({ decision: 'edit', arguments: '{}' }))
      .thenRejected('digest_required');
  });

  it('refuses the digest of another call', () => {
    given(...waiting.events)
      .when(decide({ decision: 'approve', digest: 'other' }))
      .thenRejected('stale_digest');
  });

  describe('whose tool has changed since', () => {
    const changed = aTool('pay', { approval: 'ask', server: 'bank', tool: 'transfer', description: 'Now deletes.' });
    const current = callDigest(changed.digest, '{"sum":1}', { sha256: shortHash });
    const asked = waiting.withTools([changed]);

    it('is asked again, with the digest of the tool as it is now', () => {
      given(...waiting.events)
        .when({ type: 'RecordTools', servers: ['bank'], tools: [changed], warnings: [] })
        .then(
          { type: 'ToolsListed', data: { servers: ['bank'], tools: [changed], warnings: [] } },
          {
            type: 'ApprovalRequested',
            data: {
              turn: 1,
              step: 2,
              call: { callId: 'call_1_1', name: 'pay', server: 'bank', tool: 'transfer', arguments: '{"sum":1}' },
              digest: current,
            },
          },
        );
      expect(asked.state.turn?.steps).toMatchObject([{ step: 2, phase: 'approval', digest: current, call: { server: 'bank' } }]);
      expect(asked.state.steps).toBe(2);
      expect(asked.state.turn?.stepsUsed).toBe(2);
    });

    it('refuses the digest that was shown before', () => {
      given(...asked.events)
        .when(decide({ decision: 'approve', digest }))
        .thenRejected('stale_digest');
    });

    it.each([{ decision: 'approve' }, { decision: 'edit', arguments: '{"sum":2}' }] as const)(
      'takes $decision with the digest that is shown now',
      (decision) => {
        const after = given(...asked.events).when(decide({ ...decision, digest: current }));

        expect(findStepOfCall(after.state, 'call_1_1')?.phase).toBe('due');
      },
    );

    it('is not asked again where another tool has changed', () => {
      const other = waiting.withTools([tool, aTool('read')]);

      expect(other.events.at(-1)?.type).toBe('ToolsListed');
    });
  });

  describe('whose tool is no longer offered', () => {
    const gone = waiting.withTools([aTool('read')]);

    it('cannot be made any more', () => {
      for (const decision of [{ decision: 'approve', digest } as const, { decision: 'edit', digest, arguments: '{}' } as const])
        given(...gone.events)
          .when(decide(decision))
          .thenRejected('tool_gone');
    });

    it('can be rejected', () => {
      const after = given(...gone.events).when(decide({ decision: 'reject' }));

      expect(after.events[0]).toEqual({ type: 'ToolCallRejected', data: { step: 2 } });
    });

    it('is asked again once its tool is back as another one', () => {
      const back = gone.withTools([aTool('pay', { approval: 'ask', description: 'New.' })]);

      expect(back.events.at(-1)?.type).toBe('ApprovalRequested');
    });
  });

  it('refuses an edit without arguments, or with arguments that are no JSON object', () => {
    given(...waiting.events)
      .when(decide({ decision: 'edit', digest }))
      .thenRejected('bad_arguments');
    given(...waiting.events)
      .when(decide({ decision: 'edit', digest, arguments: '[]' }))
      .thenRejected('bad_arguments');
  });

  it('refuses a decision that is for lost calls', () => {
    given(...waiting.events)
      .when(decide({ decision: 'tell' }))
      .thenRejected('wrong_decision');
  });

  it('lets the other calls run while it waits', () => {
    const story = aConversation()
      .withTools([tool, aTool('read')])
      .withTurn('go')
      .answered({
        calls: [
          ['pay', ''],
          ['read', ''],
        ],
      });

    expect(phaseOf(story.state)).toBe('running');
    expect(phaseOf(story.returned('call_1_2', 'ok').state)).toBe('waiting');
  });
});

describe('a call whose outcome is unknown', () => {
  it('is sent again with `retry`', () => {
    const after = given(...lost.events).when(decide({ decision: 'retry' }));

    after.then({ type: 'ToolOutcomeDecided', data: { step: 2, decision: 'retry' } });
    expect(findStepOfCall(after.state, 'call_1_1')).toMatchObject({ phase: 'due', attempt: 2, losses: 1 });
  });

  it('gets the result that a person gives with `resolve`', () => {
    const after = given(...lost.events).when(decide({ decision: 'resolve', result: textResult('paid') }));

    expect(entriesOf(after.state.transcript).at(-1)).toMatchObject({ answer: { type: 'returned', result: textResult('paid') } });
  });

  it('refuses `resolve` without a result', () => {
    given(...lost.events)
      .when(decide({ decision: 'resolve' }))
      .thenRejected('result_required');
  });

  it('is left to the model with `tell`', () => {
    const after = given(...lost.events).when(decide({ decision: 'tell' }));

    expect(entriesOf(after.state.transcript).at(-1)).toMatchObject({ answer: { type: 'unknown' } });
    expect(after.events.at(-1)).toMatchObject({ type: 'StepScheduled', data: { call: { kind: 'model' } } });
  });

  it('refuses a decision that is for approvals', () => {
    given(...lost.events)
      .when(decide({ decision: 'approve', digest }))
      .thenRejected('wrong_decision');
  });
});

describe('a decision', () => {
  it('is refused the second time', () => {
    given(...waiting.decided('call_1_1', { decision: 'approve', digest }).events)
      .when(decide({ decision: 'approve', digest }))
      .thenRejected('not_waiting');
  });
});

describe('a call that was approved and not yet made', () => {
  const approved = waiting.decided('call_1_1', { decision: 'approve', digest });
  const edited = waiting.decided('call_1_1', { decision: 'edit', digest, arguments: '{"sum":2}' });
  const changed = aTool('pay', { approval: 'ask', description: 'Now pays twice.' });
  const list = (...tools: readonly (typeof tool)[]): Command => ({
    type: 'RecordTools',
    servers: ['files'],
    tools,
    warnings: [],
  });

  it.each([
    ['approved', approved, '{"sum":1}'],
    ['edited', edited, '{"sum":2}'],
  ])('asks again where its tool has changed since it was %s, and takes no other answer', (_, story, raw) => {
    const after = given(...story.events).when(list(changed));
    const again = callDigest(changed.digest, raw, { sha256: shortHash });

    expect(after.events.at(-1)).toMatchObject({
      type: 'ApprovalRequested',
      data: { step: 2, digest: again, call: { arguments: raw } },
    });
    expect(findStepOfCall(after.state, 'call_1_1')?.phase).toBe('approval');
    const asked = story.handling(list(changed));
    given(...asked.events)
      .when(decide({ decision: 'approve', digest }))
      .thenRejected('stale_digest');
    const [yes, ...rest] = given(...asked.events).when(decide({ decision: 'approve', digest: again })).events;
    expect([yes?.type, rest]).toEqual(['ToolCallApproved', []]);
  });

  it('is made where the tool is what it was', () => {
    given(...approved.events)
      .when(list(tool))
      .thenNothingHappened();
    given(...approved.events)
      .when(list(tool, aTool('read')))
      .then({ type: 'ToolsListed', data: { servers: ['files'], tools: [tool, aTool('read')], warnings: [] } });
  });

  it.each([
    ['waits', waiting],
    ['was approved', approved],
  ])('is refused where the policy becomes never while it %s', (_, story) => {
    const after = given(...story.events).when(list(aTool('pay', { approval: 'never' })));

    expect(after.events.map(({ type }) => type)).toEqual(['ToolsListed', 'ToolCallRefused', 'StepScheduled']);
    given(...story.handling(list(aTool('pay', { approval: 'never' }))).events)
      .when(decide({ decision: 'approve', digest }))
      .thenRejected('not_waiting');
  });

  it('is not asked for again once it was sent', () => {
    const sent = approved.started('call_1_1').failed(aFailure('timeout'), { callId: 'call_1_1', sent: true });
    const retried = sent.decided('call_1_1', { decision: 'retry' });

    expect(
      given(...retried.events)
        .when(list(changed))
        .events.map(({ type }) => type),
    ).toEqual(['ToolsListed']);
  });
});

it('tells a call that never was from one that no longer waits', () => {
  const settled = waiting.decided('call_1_1', { decision: 'reject' });
  given(...settled.events)
    .when(decide({ decision: 'reject' }))
    .thenRejected('not_waiting');
  given(...settled.events)
    .when(decide({ decision: 'reject' }, 'call_9_9'))
    .thenRejected('no_such_call');
});
