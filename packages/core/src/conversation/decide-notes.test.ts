import { describe, it } from 'vitest';
import { aConversation, aTool } from '../testing/conversation-builder.ts';
import { given } from '../testing/given.ts';

describe('feedback and tools', () => {
  it('keeps feedback', () => {
    given(...aConversation().withTurn('hi').events)
      .when({ type: 'GiveFeedback', feedback: { turn: 1, rating: 1 } })
      .then({ type: 'FeedbackGiven', data: { turn: 1, rating: 1 } });
  });

  it('refuses feedback on a turn or step that does not exist', () => {
    given(...aConversation().events)
      .when({ type: 'GiveFeedback', feedback: { turn: 1 } })
      .thenRejected('no_such_turn');
    given(...aConversation().events)
      .when({ type: 'GiveFeedback', feedback: { step: 1 } })
      .thenRejected('no_such_step');
  });

  it('knows a listing again whatever the order of its keys', () => {
    const { events } = aConversation().withTools([aTool('a', { annotations: { readOnlyHint: true } })]);
    const { annotations, ...rest } = aTool('a', { annotations: { readOnlyHint: true } });

    given(...events)
      .when({ type: 'RecordTools', servers: ['files'], tools: [{ annotations, ...rest }], warnings: [] })
      .thenNothingHappened();
  });

  it('writes a listing only where it differs', () => {
    const { events } = aConversation().withTools([aTool('a')]);

    given(...events)
      .when({ type: 'RecordTools', servers: ['files'], tools: [aTool('a')], warnings: [] })
      .thenNothingHappened();
  });
});
