import { describe, expect, it } from 'vitest';
import { aConversation, aFailure, aTool, claimOf } from '../testing/conversation-builder.ts';
import { given } from '../testing/given.ts';
import type { Command } from './commands.ts';
import { phaseOf } from './state.ts';
import { entriesOf } from './transcript.ts';

const paying = aConversation()
  .withTools([aTool('pay')])
  .withTurn('go')
  .answered({ calls: [['pay', '{}']] });
const failure = (step: number, attempt: number, sent: boolean): Command => ({
  type: 'RecordFailure',
  step,
  attempt,
  claim: claimOf(step, attempt),
  failure: aFailure('unavailable'),
  sent,
});

describe('a tool call that was sent and lost', () => {
  const lostWith = (tool: ReturnType<typeof aTool>) =>
    given(
      ...aConversation()
        .withTools([tool])
        .withTurn('go')
        .answered({ calls: [['pay', '']] })
        .started('call_1_1').events,
    ).when(failure(2, 1, true));

  it('waits for a person by default', () => {
    const after = lostWith(aTool('pay'));

    expect(after.events).toMatchObject([{ type: 'ToolOutcomeUnknown', data: { policy: 'ask' } }]);
    expect(phaseOf(after.state)).toBe('waiting');
  });

  it('is told to the model where the operator says tell', () => {
    const after = lostWith(aTool('pay', { onUnknownOutcome: 'tell' }));

    expect(after.events[0]).toMatchObject({ type: 'ToolOutcomeUnknown', data: { policy: 'tell' } });
    expect(entriesOf(after.state.transcript).at(-1)).toMatchObject({ answer: { type: 'unknown' } });
  });

  it('is tried again where the operator says retry, and the log says that it was sent', () => {
    const after = lostWith(aTool('pay', { onUnknownOutcome: 'retry' }));

    expect(after.events).toMatchObject([{ type: 'AttemptFailed', data: { retryAt: expect.any(String), sent: true } }]);
  });

  it('waits for a person when it may be retried and attempts have run out', () => {
    const open = aConversation()
      .withTools([aTool('pay', { onUnknownOutcome: 'retry' })])
      .withTurn('go')
      .answered({ calls: [['pay', '']] });
    const timeout = () => (story: typeof open) => story.failed(aFailure('timeout'), { callId: 'call_1_1', sent: true });

    const story = Array.from({ length: 6 }, timeout).reduce((before, fail) => fail(before), open);

    expect(story.events.at(-1)).toMatchObject({ type: 'ToolOutcomeUnknown', data: { attempt: 6, policy: 'ask' } });
  });

  it('is tried again without any policy where nothing was sent', () => {
    const { events } = given(...paying.started('call_1_1').events).when(failure(2, 1, false));

    expect(events).toMatchObject([{ type: 'AttemptFailed', data: { retryAt: expect.any(String) } }]);
  });
});

describe('an attempt that could not start, of a call that may have happened', () => {
  const lostBefore = (onUnknownOutcome: 'retry' | 'tell') => {
    const listed = [aTool('pay', { onUnknownOutcome: 'retry' })];
    const open = aConversation()
      .withTools(listed)
      .withTurn('go')
      .answered({ calls: [['pay', '{}']] });
    return open.failed(aFailure('timeout'), { callId: 'call_1_1', sent: true }).withTools([aTool('pay', { onUnknownOutcome })]);
  };
  const abandonCall: Command = { type: 'AbandonAttempt', step: 2, attempt: 2, failure: aFailure('not_configured') };

  it('asks a person: the model must not read that nothing happened', () => {
    const after = given(...lostBefore('retry').events).when(abandonCall);

    after.then({
      type: 'ToolOutcomeUnknown',
      data: { step: 2, attempt: 2, failure: aFailure('not_configured'), policy: 'ask' },
    });
    expect(phaseOf(after.state)).toBe('waiting');
  });

  it('is told to the model where the operator says so', () => {
    const { events } = given(...lostBefore('tell').events).when(abandonCall);

    expect(events[0]).toMatchObject({ type: 'ToolOutcomeUnknown', data: { policy: 'tell' } });
  });

  it('is tried again while the failure passes', () => {
    const { events } = given(...lostBefore('retry').events).when({
      ...abandonCall,
      failure: aFailure('unavailable'),
    } as Command);

    expect(events).toMatchObject([{ type: 'AttemptFailed', data: { retryAt: expect.any(String) } }]);
  });
});
