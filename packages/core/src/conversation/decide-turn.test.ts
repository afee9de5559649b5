import { describe, expect, it } from 'vitest';
import { aConversation, aFailure, aTool, someSettings, textResult } from '../testing/conversation-builder.ts';
import { given } from '../testing/given.ts';
import { phaseOf } from './state.ts';
import { entriesOf } from './transcript.ts';

const modelStep = (turn: number, step: number) =>
  ({ type: 'StepScheduled', data: { turn, step, call: { kind: 'model' } } }) as const;

describe('starting', () => {
  it('starts a conversation that stays idle without an input', () => {
    given()
      .when({ type: 'StartConversation', settings: someSettings() })
      .then({ type: 'ConversationStarted', data: someSettings() });
  });

  it('starts a conversation with its first turn and first model call', () => {
    given()
      .when({ type: 'StartConversation', settings: someSettings(), input: 'hi' })
      .then(
        { type: 'ConversationStarted', data: someSettings() },
        { type: 'TurnStarted', data: { turn: 1, input: 'hi' } },
        modelStep(1, 1),
      );
  });

  it('refuses to start a conversation that exists', () => {
    const { events } = aConversation();

    given(...events)
      .when({ type: 'StartConversation', settings: someSettings() })
      .thenRejected('already_exists');
  });

  it('refuses any other command where there is no conversation', () => {
    given().when({ type: 'StartTurn', input: 'hi' }).thenRejected('not_found');
  });

  it('starts a turn and schedules its first model call', () => {
    const { events } = aConversation();

    given(...events)
      .when({ type: 'StartTurn', input: 'hi' })
      .then({ type: 'TurnStarted', data: { turn: 1, input: 'hi' } }, modelStep(1, 1));
  });

  it('numbers turns and steps through the whole conversation', () => {
    const { events } = aConversation().withTurn('one').answered({ content: '1' });

    given(...events)
      .when({ type: 'StartTurn', input: 'two' })
      .then({ type: 'TurnStarted', data: { turn: 2, input: 'two' } }, modelStep(2, 2));
  });
});

describe('a second turn while one is open', () => {
  const busy = aConversation().withTurn('first');

  it('is refused, unless it says otherwise', () => {
    given(...busy.events)
      .when({ type: 'StartTurn', input: 'second' })
      .thenRejected('busy');
  });

  it('is queued with `queue`', () => {
    given(...busy.events)
      .when({ type: 'StartTurn', input: 'second', whileBusy: 'queue' })
      .then({ type: 'TurnQueued', data: { input: 'second' } });
  });

  it('joins the open turn with `steer`', () => {
    given(...busy.events)
      .when({ type: 'StartTurn', input: 'second', whileBusy: 'steer' })
      .then({ type: 'TurnSteered', data: { turn: 1, input: 'second' } });
  });

  it('cancels the open turn with `interrupt`', () => {
    given(...busy.events)
      .when({ type: 'StartTurn', input: 'second', whileBusy: 'interrupt' })
      .then(
        { type: 'TurnCancelled', data: { turn: 1, cause: 'interrupted' } },
        { type: 'TurnStarted', data: { turn: 2, input: 'second' } },
        modelStep(2, 2),
      );
  });

  it('takes the open turn out of the rendered history with `rollback`', () => {
    const after = given(...busy.events).when({ type: 'StartTurn', input: 'second', whileBusy: 'rollback' });

    after.then(
      { type: 'TurnRolledBack', data: { turn: 1 } },
      { type: 'TurnStarted', data: { turn: 2, input: 'second' } },
      modelStep(2, 2),
    );
    expect(entriesOf(after.state.transcript)).toMatchObject([{ kind: 'user', content: 'second' }]);
  });

  it('starts at once when no turn is open, whatever it says', () => {
    given(...aConversation().events)
      .when({ type: 'StartTurn', input: 'hi', whileBusy: 'rollback' })
      .then({ type: 'TurnStarted', data: { turn: 1, input: 'hi' } }, modelStep(1, 1));
  });
});

describe('what waits while a turn is open', () => {
  it('starts queued turns first in first out', () => {
    const open = aConversation().withTurn('1').withTurn('2', 'queue').withTurn('3', 'queue');

    const story = open.answered({ content: 'a' }).answered({ content: 'b' }).answered({ content: 'c' });

    const started = story.events.flatMap(({ type, data }) => (type === 'TurnStarted' ? [data.input] : []));
    expect(started).toEqual(['1', '2', '3']);
    expect(phaseOf(story.state)).toBe('idle');
  });

  it('gives a queued input its number when it starts: what interrupts comes first', () => {
    const story = aConversation()
      .withTurn('1')
      .withTurn('queued', 'queue')
      .withTurn('now', 'interrupt')
      .answered({ content: 'a' });

    const started = story.events.flatMap(({ type, data }) => (type === 'TurnStarted' ? [[data.turn, data.input]] : []));
    expect(started).toEqual([
      [1, '1'],
      [2, 'now'],
      [3, 'queued'],
    ]);
  });

  it('starts a queued turn also after a turn that failed or was cancelled', () => {
    const open = aConversation().withTurn('1').withTurn('2', 'queue').withTurn('3', 'queue');

    const story = open.failed(aFailure('unauthorized')).cancelled();

    expect(story.state.turn?.turn).toBe(3);
  });

  it('hears a steer after all tool answers and before the next model call', () => {
    const open = aConversation()
      .withTools([aTool('read')])
      .withTurn('go')
      .answered({ calls: [['read', '{}']] });

    const story = open.withTurn('also this', 'steer').returned('call_1_1', 'ok');

    expect(entriesOf(story.state.transcript).map((entry) => entry.kind)).toEqual(['user', 'assistant', 'tool', 'user']);
  });

  it('opens a new turn with a steer that the ended turn has not heard', () => {
    const { events } = aConversation().withTurn('go').started().withTurn('also this', 'steer');

    const after = given(...events).when({
      type: 'RecordModelAnswer',
      step: 1,
      attempt: 1,
      claim: 'claim-1-1',
      answer: { message: { content: 'done', toolCalls: [] }, finishReason: 'stop' },
    });

    expect(after.events.slice(1)).toEqual([
      { type: 'TurnCompleted', data: { turn: 1 } },
      { type: 'TurnStarted', data: { turn: 2, input: 'also this', fromQueue: true } },
      modelStep(2, 2),
    ]);
  });

  it('puts an unheard steer before what was queued', () => {
    const open = aConversation().withTurn('1').withTurn('queued', 'queue').withTurn('steered', 'steer');

    const story = open.answered({ content: 'a' });

    expect(story.state.queued).toEqual(['queued']);
    expect(entriesOf(story.state.transcript).at(-1)).toMatchObject({ content: 'steered' });
  });
});

describe('cancelling', () => {
  it('closes the open turn and tells the reason', () => {
    given(...aConversation().withTurn('hi').events)
      .when({ type: 'CancelTurn', reason: 'enough' })
      .then({ type: 'TurnCancelled', data: { turn: 1, cause: 'requested', reason: 'enough' } });
  });

  it('is refused when no turn is open', () => {
    given(...aConversation().events)
      .when({ type: 'CancelTurn' })
      .thenRejected('no_open_turn');
  });

  it('answers every open call with the true cause', () => {
    const tools = [aTool('a'), aTool('b'), aTool('c', { approval: 'ask' })];
    const open = aConversation()
      .withTools(tools)
      .withTurn('go')
      .answered({
        calls: [
          ['a', ''],
          ['b', ''],
          ['c', ''],
        ],
      });

    const story = open.started('call_1_2').returned('call_1_1', 'ok').cancelled();

    const answers = entriesOf(story.state.transcript).flatMap((entry) => (entry.kind === 'tool' ? [entry.answer] : []));
    expect(answers).toEqual([
      { type: 'returned', result: textResult('ok') },
      { type: 'cancelled', cause: 'requested', started: true },
      { type: 'cancelled', cause: 'requested', started: false },
    ]);
  });

  it('keeps words that were not heard yet in the history, so that the next model call hears them', () => {
    const open = aConversation().withTurn('go').withTurn('also this', 'steer');
    const said = ({ state }: typeof open) => entriesOf(state.transcript).map((entry) => 'content' in entry && entry.content);

    expect(said(open.cancelled())).toEqual(['go', 'also this']);
    expect(said(open.withTurn('no, that', 'interrupt'))).toEqual(['go', 'also this', 'no, that']);
    expect(open.cancelled().state.queued).toEqual([]);
  });

  it('leaves words that were not heard yet out with a turn that is rolled back', () => {
    const story = aConversation().withTurn('go').withTurn('also this', 'steer').withTurn('again', 'rollback');

    expect(entriesOf(story.state.transcript)).toMatchObject([{ content: 'again' }]);
    expect(story.events.some(({ type, data }) => type === 'TurnSteered' && data.input === 'also this')).toBe(true);
  });

  it('says of a call that was lost and is due again that it may have happened', () => {
    const tools = [aTool('pay', { onUnknownOutcome: 'retry' })];
    const open = aConversation()
      .withTools(tools)
      .withTurn('go')
      .answered({ calls: [['pay', '']] });

    const story = open.failed(aFailure('timeout'), { callId: 'call_1_1', sent: true }).cancelled();

    expect(entriesOf(story.state.transcript).at(-1)).toMatchObject({ answer: { type: 'cancelled', started: true } });
  });

  it('answers calls that a pause held back', () => {
    const open = aConversation({ limits: { maxSteps: 1 } })
      .withTools([aTool('a')])
      .withTurn('go')
      .answered({ calls: [['a', '']] });

    const story = open.cancelled();

    expect(entriesOf(story.state.transcript).at(-1)).toMatchObject({
      callId: 'call_1_1',
      answer: { type: 'cancelled', started: false },
    });
  });
});
