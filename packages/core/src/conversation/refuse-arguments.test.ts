import { describe, expect, it } from 'vitest';
import { aConversation, aFailure, aTool } from '../testing/conversation-builder.ts';
import { given } from '../testing/given.ts';
import type { Command } from './commands.ts';
import { entriesOf } from './transcript.ts';

const calling = aConversation()
  .withTools([aTool('pay', { onUnknownOutcome: 'retry' })])
  .withTurn('go')
  .answered({ calls: [['pay', '{"amount":"much"}']] });
const refuse = (step: number, attempt = 1): Command => ({
  type: 'RefuseArguments',
  step,
  attempt,
  fault: 'arguments/amount must be number',
});

describe('arguments that do not match the input schema', () => {
  it('are told to the model, which is asked again; the tool is not called', () => {
    const after = given(...calling.events).when(refuse(2));

    expect(after.events).toMatchObject([
      { type: 'ToolCallRefused', data: { turn: 1, step: 2, reason: 'bad_arguments', call: { callId: 'call_1_1' } } },
      { type: 'StepScheduled', data: { step: 3, call: { kind: 'model' } } },
    ]);
    expect(entriesOf(after.state.transcript).at(-1)).toMatchObject({
      callId: 'call_1_1',
      answer: { type: 'refused', message: expect.stringContaining('arguments/amount must be number. The tool was not called') },
    });
  });

  it('fail the turn in the fifth round in which there are no others, as text that is no JSON does', () => {
    const badly = (story: typeof calling) => story.handling(refuse(story.state.steps));
    const again = (story: typeof calling) => badly(story.answered({ calls: [['pay', '{"amount":"much"}']] }));

    const story = Array.from({ length: 4 }, () => again).reduce((before, next) => next(before), badly(calling));

    expect(story.events.at(-1)).toMatchObject({ type: 'TurnFailed', data: { failure: { kind: 'bad_output' } } });
  });

  it.each([
    ['of an attempt that has started', calling.started('call_1_1'), 1],
    ['of another attempt', calling, 2],
    ['of a call that may have happened', calling.failed(aFailure('timeout'), { callId: 'call_1_1', sent: true }), 2],
  ])('%s are no longer looked at', (_, story, attempt) => {
    expect(given(...story.events).when(refuse(2, attempt)).events).toEqual([]);
  });
});
