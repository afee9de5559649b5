import { expect, it } from 'vitest';
import { aConversation, aTool } from '../testing/conversation-builder.ts';
import { storyId } from '../testing/given.ts';
import { closeTurn } from './close-turn.ts';
import type { ConversationState } from './state.ts';
import { entriesOf } from './transcript.ts';

const open = aConversation()
  .withTools([aTool('pay')])
  .withTurn('go')
  .answered({ calls: [['pay', '']] })
  .started('call_1_1').state;

const answerAt = (state: ConversationState) => {
  const at = { version: state.version + 1, recordedAt: state.updatedAt };
  return entriesOf(closeTurn(state, { end: 'cancelled', cause: 'forked', at }).transcript).at(-1);
};

it('a call that was under way may have happened, unless a cassette made it, which calls nothing', () => {
  const cassette: ConversationState = { ...open, replay: { mode: 'cassette', source: storyId, through: 9 } };
  expect(answerAt(open)).toMatchObject({ answer: { type: 'cancelled', started: true } });
  expect(answerAt(cassette)).toMatchObject({ answer: { type: 'cancelled', started: false } });
});
