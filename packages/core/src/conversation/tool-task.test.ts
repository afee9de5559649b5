import { describe, expect, it } from 'vitest';
import { aConversation, aFailure, aTool, claimOf } from '../testing/conversation-builder.ts';
import { given } from '../testing/given.ts';
import type { Command } from './commands.ts';
import type { FailureKind } from './failure.ts';
import { findStep } from './state.ts';

const at = (attempt = 1) => ({ step: 2, attempt, claim: claimOf(2, attempt) });
const task = (taskId = 'task-1', attempt = 1): Command => ({ type: 'RecordTaskStarted', ...at(attempt), taskId });
const lost = (kind: FailureKind = 'lost', attempt = 1): Command => ({
  type: 'RecordFailure',
  ...at(attempt),
  failure: aFailure(kind),
  sent: true,
});
const calling = (changed: Parameters<typeof aTool>[1] = {}) =>
  aConversation()
    .withTools([aTool('research', { taskSupport: 'required', ...changed })])
    .withTurn('go')
    .answered({ calls: [['research', '{}']] })
    .started('call_1_1');
const working = calling().handling(task());

describe('a call that its server works on as a task', () => {
  it('is recorded once, by the worker that holds the attempt', () => {
    expect(working.events.at(-1)).toMatchObject({ type: 'ToolTaskStarted', data: { ...at(), taskId: 'task-1' } });
    given(...working.events)
      .when(task())
      .thenNothingHappened();
    given(...calling().events)
      .when({ ...task(), claim: 'nobody' } as Command)
      .thenRejected('not_current');
  });

  it('is gone on with when its worker is lost, without asking anybody', () => {
    const { events, state } = given(...working.events).when(lost());

    expect(events).toMatchObject([{ type: 'AttemptFailed', data: { sent: true, retryAt: working.now } }]);
    expect(findStep(state, 2)).toMatchObject({ phase: 'due', attempt: 2, task: 'task-1' });
  });

  it('is gone on with as often as the policy of retries allows', () => {
    let story = working;
    for (let attempt = 1; attempt < 6; attempt++) story = story.handling(lost('unavailable', attempt)).started('call_1_1');

    const { events } = given(...story.events).when(lost('unavailable', 6));

    expect(events).toMatchObject([{ type: 'ToolOutcomeUnknown', data: { attempt: 6, policy: 'ask' } }]);
  });

  it('is a call that was lost once its server does not know the task any longer', () => {
    expect(given(...working.events).when(lost('session_lost')).events).toMatchObject([{ type: 'ToolOutcomeUnknown' }]);

    const repeatable = calling({ onUnknownOutcome: 'retry' }).handling(task());
    const { events, state } = given(...repeatable.events).when(lost('session_lost'));
    expect(events).toMatchObject([{ type: 'AttemptFailed', data: { sent: true } }]);
    expect(findStep(state, 2)?.task).toBeUndefined();
  });

  it('is called anew when a person says retry', () => {
    const retried = working
      .handling(lost('session_lost'))
      .handling({ type: 'DecideToolCall', callId: 'call_1_1', decision: 'retry' });

    expect(findStep(retried.state, 2)).toMatchObject({ phase: 'due', attempt: 2 });
    expect(findStep(retried.state, 2)?.task).toBeUndefined();
  });

  it('is gone on with also where its server was asking when the worker was lost', () => {
    const asking = working.handling({ type: 'RequestElicitation', ...at(), elicitation: 'q', question: { message: 'Sure?' } });

    const { events } = given(...asking.events).when(lost());

    expect(events.map(({ type }) => type)).toEqual(['ElicitationVoided', 'AttemptFailed']);
  });
});
