import { describe, expect, it } from 'vitest';
import { waitingFor } from '../projections/conversation-view.ts';
import { aConversation, aFailure, aTool, claimOf, textResult } from '../testing/conversation-builder.ts';
import { given, storyId } from '../testing/given.ts';
import type { Command } from './commands.ts';
import type { Question } from './events.ts';
import { renderHistory } from './model-request.ts';
import { openWork } from './open-work.ts';
import { findStep, phaseOf } from './state.ts';
import { historyFault } from './valid-history.ts';

const form: Question = {
  message: 'Which city?',
  requestedSchema: {
    type: 'object',
    properties: { city: { type: 'string', minLength: 2 }, days: { type: 'integer', default: 3 } },
    required: ['city'],
  },
};
const page: Question = { message: 'Sign in.', url: 'https://example.org/sign-in' };
const at = (attempt = 1) => ({ step: 2, attempt, claim: claimOf(2, attempt) });
const ask = (question = form, elicitation = 'q1'): Command => ({ type: 'RequestElicitation', ...at(), elicitation, question });
const returned = (attempt = 1): Command => ({ type: 'RecordToolResult', ...at(attempt), result: textResult('sunny') });
const lost = (attempt = 1): Command => ({ type: 'RecordFailure', ...at(attempt), failure: aFailure('lost'), sent: true });

const calling = (changed: Parameters<typeof aTool>[1] = {}) =>
  aConversation({ limits: { maxWallMs: 10_000 } })
    .withTools([aTool('book', changed)])
    .withTurn('go')
    .answered({ calls: [['book', '{}']] })
    .started('call_1_1');
const asking = calling().handling(ask());
const accept = (content?: Readonly<Record<string, unknown>>) => ({ decision: 'accept', ...(content && { content }) }) as const;
const decide = (decision: ReturnType<typeof accept>): Command => ({ type: 'DecideToolCall', callId: 'call_1_1', ...decision });

describe('a question in a call that a worker holds open', () => {
  it('waits for a person, who is shown what is asked', () => {
    expect(phaseOf(asking.state)).toBe('waiting');
    expect(waitingFor(asking.state)).toEqual([
      {
        callId: 'call_1_1',
        kind: 'elicitation',
        server: 'files',
        tool: 'book',
        arguments: '{}',
        digest: expect.any(String),
        ...form,
        actions: ['accept', 'decline', 'dismiss'],
        since: asking.now,
      },
    ]);
  });

  it('leaves the attempt with its worker, whose lease keeps it', () => {
    expect(openWork(asking.state)).toMatchObject([{ step: 2, attempt: 1, claim: claimOf(2, 1), worker: 'worker-1' }]);
  });

  it('goes on with the answer, completed with the defaults of the form', () => {
    const answered = asking.handling(decide(accept({ city: 'Rome' })));

    expect(answered.events.at(-1)).toMatchObject({
      type: 'ElicitationAnswered',
      data: { step: 2, elicitation: 'q1', action: 'accept', content: { city: 'Rome', days: 3 } },
    });
    expect(findStep(answered.state, 2)).toMatchObject({ phase: 'started', attempt: 1, elicited: { id: 'q1', action: 'accept' } });
    expect(answered.handling(returned()).events.at(-2)).toMatchObject({ type: 'ToolReturned' });
  });

  it.each([
    ['a field that is missing', {}],
    ['a field of another type', { city: 7 }],
    ['a field that is too short', { city: 'x' }],
    ['a field that nobody asked for', { city: 'Rome', country: 'Italy' }],
  ])('refuses %s, and nothing changes', (_, content) => {
    given(...asking.events)
      .when(decide(accept(content)))
      .thenRejected('bad_content');
  });

  it.each([
    ['decline', 'decline'],
    ['dismiss', 'cancel'],
  ] as const)('can be answered with %s', (decision, action) => {
    const { events } = given(...asking.events).when({ type: 'DecideToolCall', callId: 'call_1_1', decision });

    expect(events).toMatchObject([{ type: 'ElicitationAnswered', data: { action } }]);
  });

  it('refuses an answer to a question that is no longer asked, and a decision of another kind', () => {
    const decision = { type: 'DecideToolCall', callId: 'call_1_1' } as const;
    given(...asking.events)
      .when({ ...decision, decision: 'accept', content: { city: 'Rome' }, digest: 'another' })
      .thenRejected('stale_digest');
    given(...asking.events)
      .when({ ...decision, decision: 'approve' })
      .thenRejected('wrong_decision');
    given(...calling().events)
      .when({ ...decision, decision: 'accept' })
      .thenRejected('not_waiting');
  });

  it('takes no content where the server asks to open a page', () => {
    const opened = calling().handling(ask(page));

    given(...opened.events)
      .when(decide(accept({ city: 'Rome' })))
      .thenRejected('bad_content');
    const { events } = given(...opened.events).when(decide(accept()));
    expect(events[0]?.data).toEqual({ step: 2, action: 'accept', elicitation: 'q1' });
  });

  it('costs no wall time', () => {
    const answered = asking.after(60_000).handling(decide(accept({ city: 'Rome' })));

    const done = answered.after(2_000).handling(returned());

    expect(done.events.at(-1)).toMatchObject({ type: 'StepScheduled', data: { call: { kind: 'model' } } });
    expect(done.state.turn?.activeMs).toBe(2_000);
  });

  it('is asked once, however often the worker says so', () => {
    given(...asking.events)
      .when(ask())
      .thenNothingHappened();
    given(...asking.handling(decide(accept({ city: 'Rome' }))).events)
      .when(ask())
      .thenNothingHappened();
  });

  it('may be followed by another', () => {
    const second = asking.handling(decide(accept({ city: 'Rome' }))).handling(ask(page, 'q2'));

    expect(waitingFor(second.state)).toMatchObject([{ kind: 'elicitation', url: page.url }]);
  });

  it('is void once the worker no longer waits', () => {
    const expired = asking.handling({ type: 'VoidElicitation', ...at(), elicitation: 'q1', cause: 'expired' });

    expect(expired.events.at(-1)).toMatchObject({ type: 'ElicitationVoided', data: { elicitation: 'q1', cause: 'expired' } });
    expect(findStep(expired.state, 2)).toMatchObject({ phase: 'started' });
    given(...expired.events)
      .when(decide(accept({ city: 'Rome' })))
      .thenRejected('not_waiting');
  });

  it('is void where the server does not wait for the answer', () => {
    const { events } = given(...asking.events).when(returned());

    expect(events.map(({ type }) => type)).toEqual(['ElicitationVoided', 'ToolReturned', 'StepScheduled']);
    expect(events[0]?.data).toMatchObject({ cause: 'call_ended' });
  });

  it('is void when the worker dies, and the call may have happened', () => {
    const { events, state } = given(...asking.events).when(lost());

    expect(events).toMatchObject([
      { type: 'ElicitationVoided', data: { elicitation: 'q1', cause: 'worker_lost' } },
      { type: 'ToolOutcomeUnknown', data: { policy: 'ask' } },
    ]);
    expect(waitingFor(state)).toMatchObject([{ kind: 'unknown' }]);
  });

  it('is asked anew in the next attempt where the policy says retry', () => {
    const { events } = given(...calling({ onUnknownOutcome: 'retry' }).handling(ask()).events).when(lost());

    expect(events.map(({ type }) => type)).toEqual(['ElicitationVoided', 'AttemptFailed']);
  });

  it('is not asked by an attempt that is not the open one', () => {
    given(...calling().events)
      .when({ ...ask(), claim: 'nobody' } as Command)
      .thenRejected('not_current');
  });

  it('ends with its turn, and the model reads that the call was under way', () => {
    const cancelled = asking.cancelled();

    expect(openWork(cancelled.state)).toEqual([]);
    expect(renderHistory(cancelled.state).messages.at(-1)?.content).toContain('may have happened');
  });
});

const inputRequired = (requests: readonly (Question & { key: string })[], attempt = 1, requestState = 'opaque'): Command => ({
  type: 'RecordInputRequired',
  ...at(attempt),
  requests: [...requests],
  requestState,
});

describe('questions with which a server ends the attempt', () => {
  const parked = calling().handling(
    inputRequired([
      { key: 'where', ...form },
      { key: 'who', ...page },
    ]),
  );

  it('hold no worker', () => {
    expect(openWork(parked.state)).toEqual([]);
    expect(phaseOf(parked.state)).toBe('waiting');
  });

  it('are asked one after the other', () => {
    expect(waitingFor(parked.state)).toMatchObject([{ message: 'Which city?' }]);

    const second = parked.handling(decide(accept({ city: 'Rome' })));

    expect(waitingFor(second.state)).toMatchObject([{ message: 'Sign in.' }]);
    expect(openWork(second.state)).toEqual([]);
  });

  it('make the call due again once all are answered, with the answers and the state as it came', () => {
    const due = parked
      .handling(decide(accept({ city: 'Rome' })))
      .handling({ type: 'DecideToolCall', callId: 'call_1_1', decision: 'decline' });

    expect(openWork(due.state)).toEqual([{ step: 2, attempt: 2, dueAt: due.now }]);
    expect(findStep(due.state, 2)?.input).toEqual({
      requestState: 'opaque',
      pending: [],
      responses: { where: { action: 'accept', content: { city: 'Rome', days: 3 } }, who: { action: 'decline' } },
      rounds: 1,
    });
  });

  it('replace those of the round before', () => {
    const again = parked
      .handling(decide(accept({ city: 'Rome' })))
      .handling(decide(accept()))
      .started('call_1_1')
      .handling(inputRequired([{ key: 'sure', message: 'Sure?' }], 2, 'more'));

    expect(findStep(again.state, 2)?.input).toMatchObject({ requestState: 'more', responses: {}, rounds: 2 });
    expect(waitingFor(again.state)).toMatchObject([{ message: 'Sure?' }]);
  });

  it('count as no failure: the attempts of the policy are left', () => {
    const story = parked
      .handling(decide(accept({ city: 'Rome' })))
      .handling(decide(accept()))
      .failed(aFailure('bad_output'), { callId: 'call_1_1' })
      .failed(aFailure('bad_output'), { callId: 'call_1_1' });

    expect(story.events.at(-1)).toMatchObject({ type: 'AttemptFailed', data: { attempt: 3, retryAt: expect.any(String) } });
    const last = story.failed(aFailure('bad_output'), { callId: 'call_1_1' });
    expect(last.events.findLast(({ type }) => type === 'AttemptFailed')?.data).toMatchObject({ attempt: 4, retryAt: null });
  });

  it('make the call due at once where nothing is asked, but not for ever', () => {
    let story = calling().handling(inputRequired([]));
    expect(findStep(story.state, 2)).toMatchObject({ phase: 'due', attempt: 2 });

    for (let attempt = 2; attempt <= 33; attempt++) story = story.started('call_1_1').handling(inputRequired([], attempt));

    expect(story.events.findLast(({ type }) => type === 'ToolReturned')?.data).toMatchObject({ result: { isError: true } });
  });

  it('leave no trace where the attempt has been lost', () => {
    given(...calling().handling(lost()).events)
      .when(inputRequired([{ key: 'where', ...form }]))
      .thenNothingHappened();
  });

  it('close with a fork: its history is valid', () => {
    const parent = { conversationId: storyId, version: parked.state.version };

    const { state } = given(...parked.events).when({ type: 'ForkConversation', parent });

    expect(phaseOf(state)).toBe('idle');
    expect(historyFault(renderHistory(state).messages)).toBeUndefined();
    expect(renderHistory(state).messages.at(-1)?.content).toContain('forked here while this call was under way');
  });
});
