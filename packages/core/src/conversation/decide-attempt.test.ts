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
import type { Command } from './commands.ts';
import { eventSchemas } from './events.ts';
import { toModelRequest } from './model-request.ts';
import { phaseOf, type Step } from './state.ts';
import { addMs } from './time.ts';
import { entriesOf } from './transcript.ts';

const asking = aConversation()
  .withTools([aTool('pay')])
  .withTurn('go');
const paying = asking.answered({ calls: [['pay', '{}']] });
const lost = paying.failed(aFailure('lost'), { callId: 'call_1_1', sent: true });

const failure = (step: number, attempt: number, sent = false): Command => ({
  type: 'RecordFailure',
  step,
  attempt,
  claim: claimOf(step, attempt),
  failure: aFailure('unavailable'),
  sent,
});
const result = (step: number, attempt: number, claim = claimOf(step, attempt)): Command => ({
  type: 'RecordToolResult',
  step,
  attempt,
  claim,
  result: textResult('paid'),
});
const onlyStep = ({ state }: { readonly state: typeof asking.state }): Step | undefined => state.turn?.steps[0];

describe('starting an attempt', () => {
  it('records claim and worker before anything is sent', () => {
    given(...asking.events)
      .when({ type: 'StartAttempt', step: 1, attempt: 1, claim: 'mine', worker: 'w' })
      .then({ type: 'AttemptStarted', data: { step: 1, attempt: 1, claim: 'mine', worker: 'w' } });
  });

  it('writes nothing the second time with the same claim', () => {
    given(...asking.started().events)
      .when(startAttemptOf({ step: 1, attempt: 1 }, asking.state.tools?.version))
      .thenNothingHappened();
  });

  it('is refused while another claim holds the step', () => {
    given(...asking.started().events)
      .when({ type: 'StartAttempt', step: 1, attempt: 1, claim: 'other', worker: 'w' })
      .thenRejected('not_current');
  });

  it('is refused for a step that is settled', () => {
    given(...asking.answered({ content: 'done' }).events)
      .when(startAttemptOf({ step: 1, attempt: 1 }, asking.state.tools?.version))
      .thenRejected('not_current');
  });
});

describe('an attempt whose time has not come', () => {
  const later = asking.failed(aFailure('rate_limited', { retryAfterMs: 60_000 }));
  const start = startAttemptOf({ step: 1, attempt: 2 }, asking.state.tools?.version);

  it('is not started by a job that comes early', () => {
    given(...later.events)
      .when(start, { now: addMs(later.now, 58_000) })
      .thenRejected('not_current');
  });

  it('is started when it is due, also by a clock that is a little behind', () => {
    for (const now of [addMs(later.now, 59_500), addMs(later.now, 60_000)])
      expect(given(...later.events).when(start, { now }).events).toMatchObject([{ type: 'AttemptStarted' }]);
  });
});

describe('a failed attempt', () => {
  it("is tried again after the server's delay", () => {
    const { events, now } = asking.started();
    const limited = aFailure('rate_limited', { retryAfterMs: 90_000 });

    given(...events)
      .when({ type: 'RecordFailure', step: 1, attempt: 1, claim: claimOf(1, 1), failure: limited, sent: true })
      .then({
        type: 'AttemptFailed',
        data: { step: 1, attempt: 1, claim: claimOf(1, 1), failure: limited, retryAt: addMs(now, 90_000) },
      });
  });

  it('fails the turn when attempts run out', () => {
    const almost = Array.from({ length: 5 }).reduce<typeof asking>((story) => story.failed(aFailure('unavailable')), asking);

    const story = almost.failed(aFailure('unavailable'));

    expect(onlyStep(almost)?.attempt).toBe(6);
    expect(story.state.lastTurn).toEqual({ turn: 1, end: 'failed', failure: aFailure('unavailable') });
    expect(story.events.at(-1)).toMatchObject({ type: 'TurnFailed', data: { step: 1 } });
  });

  it('keeps what the model had said', () => {
    const partial = { content: 'Let me', toolCalls: [] };

    const after = given(...asking.started().events).when({ ...failure(1, 1), partial } as Command);

    expect(after.events[0]).toMatchObject({ type: 'AttemptFailed', data: { partial } });
  });

  it('that was lost consumes none of the attempts of the policy', () => {
    const fiveLost = Array.from({ length: 5 }).reduce<typeof asking>((story) => story.failed(aFailure('lost')), asking);

    const story = fiveLost.failed(aFailure('unavailable'));

    expect(onlyStep(story)).toMatchObject({ phase: 'due', attempt: 7, losses: 5 });
  });

  it('is lost a bounded number of times', () => {
    const twenty = Array.from({ length: 20 }).reduce<typeof asking>((story) => story.failed(aFailure('lost')), asking);

    const story = twenty.failed(aFailure('lost'));

    expect(phaseOf(twenty.state)).toBe('running');
    expect(story.state.lastTurn).toMatchObject({ end: 'failed', failure: { kind: 'lost' } });
  });
});

describe('an attempt that could not start', () => {
  const abandon: Command = { type: 'AbandonAttempt', step: 1, attempt: 1, failure: aFailure('not_configured') };

  it('fails without a claim', () => {
    const { events } = given(...asking.events).when(abandon);

    expect(events[0]).toEqual({
      type: 'AttemptFailed',
      data: { step: 1, attempt: 1, failure: aFailure('not_configured'), retryAt: null },
    });
  });

  it('is left alone once another worker started it', () => {
    given(...asking.started().events)
      .when(abandon)
      .thenNothingHappened();
  });
});

describe('fencing', () => {
  it('records an outcome with another claim as superseded', () => {
    given(...paying.started('call_1_1').events)
      .when(result(2, 1, 'other'))
      .then({
        type: 'OutcomeSuperseded',
        data: { step: 2, attempt: 1, claim: 'other', outcome: { type: 'returned', result: textResult('paid') } },
      });
  });

  it('records a late outcome of a former attempt as superseded and never renders it', () => {
    const story = asking.failed(aFailure('unavailable')).started();

    const after = given(...story.events).when(modelAnswer({ step: 1, attempt: 1 }, { content: 'late' }));

    after.then({
      type: 'OutcomeSuperseded',
      data: {
        step: 1,
        attempt: 1,
        claim: claimOf(1, 1),
        outcome: { type: 'answered', message: { content: 'late', toolCalls: [] }, finishReason: 'stop' },
      },
    });
    expect(after.state.transcript).toEqual(story.state.transcript);
  });

  it('keeps of a late failure what the model had said', () => {
    const partial = { content: 'Let me', toolCalls: [] };

    given(...asking.failed(aFailure('unavailable')).events)
      .when({ ...failure(1, 1, true), partial } as Command)
      .then({
        type: 'OutcomeSuperseded',
        data: {
          step: 1,
          attempt: 1,
          claim: claimOf(1, 1),
          outcome: { type: 'failed', failure: aFailure('unavailable'), partial, sent: true },
        },
      });
  });

  it('stores of a superseded outcome what its schema names, and nothing else', () => {
    const at = { step: 1, attempt: 1, claim: 'c' };

    expect(eventSchemas.OutcomeSuperseded.safeParse({ ...at, outcome: { type: 'RecordToolResult' } }).success).toBe(false);
    expect(eventSchemas.OutcomeSuperseded.safeParse({ ...at, outcome: { type: 'failed' } }).success).toBe(false);
  });

  it('records an outcome after a cancel as superseded', () => {
    const { events } = given(...paying.started('call_1_1').cancelled().events).when(result(2, 1));

    expect(events.map(({ type }) => type)).toEqual(['OutcomeSuperseded']);
  });

  it('writes nothing of a late failure that brings nothing with it', () => {
    given(...asking.failed(aFailure('unavailable')).events)
      .when(failure(1, 1))
      .thenNothingHappened();
  });

  it('settles a step that waits as unknown with its late result', () => {
    const after = given(...lost.events).when(result(2, 1));

    expect(after.events[0]).toMatchObject({ type: 'ToolReturned', data: { step: 2, result: textResult('paid') } });
    expect(entriesOf(after.state.transcript).at(-1)).toMatchObject({ answer: { type: 'returned' } });
  });

  it('leaves a step that waits as unknown to the person when a late failure comes', () => {
    given(...lost.events)
      .when(failure(2, 1, true))
      .thenNothingHappened();
  });
});

describe('an option that the server refuses', () => {
  const refusal = aFailure('invalid_request', { status: 400, cause: 'stream_options_refused' });
  const streamUsage = ({ state }: { readonly state: typeof asking.state }) => state.model?.profile.streamUsage;
  const optionsIn = ({ state }: { readonly state: typeof asking.state }) =>
    (JSON.parse(toModelRequest(state) ?? '{}') as Record<string, unknown>).stream_options;

  it('is left out of the next attempt, which is due at once', () => {
    const story = asking.failed(refusal);

    expect(onlyStep(story)).toMatchObject({ phase: 'due', attempt: 2, dueAt: story.now });
    expect([optionsIn(asking), optionsIn(story)]).toEqual([{ include_usage: true }, undefined]);
  });

  it('stays out for the rest of the conversation and of its forks', () => {
    expect(streamUsage(asking.failed(refusal).answered({ content: 'ok' }).withTurn('more'))).toBe(false);
  });

  it('ends the turn where it had not been sent', () => {
    expect(asking.failed(refusal).failed(refusal).state.lastTurn).toMatchObject({ end: 'failed', failure: refusal });
  });
});

describe('an answer that says nothing', () => {
  const answer = (content: string | null, finishReason = 'stop'): Command => ({
    ...(modelAnswer({ step: 1, attempt: 1 }, { reasoning: 'Hm.', content }) as Extract<Command, { type: 'RecordModelAnswer' }>),
    answer: { message: { content, reasoning: 'Hm.', toolCalls: [] }, finishReason, warnings: ['odd'] },
  });

  it.each([null, '', '\n\n'])('but reasons (content %j) is a failure that keeps the reasoning, and is tried again', (content) => {
    const story = asking.started().handling(answer(content));

    expect(story.events.at(-1)).toMatchObject({
      type: 'AttemptFailed',
      data: {
        failure: { kind: 'bad_output', cause: 'only_reasoning', message: expect.stringContaining('reasoning parser') },
        partial: { content, reasoning: 'Hm.', toolCalls: [] },
        warnings: ['odd'],
      },
    });
    expect(onlyStep(story)).toMatchObject({ phase: 'due', attempt: 2 });
  });

  it('because it ran out of tokens says so', () => {
    const { events } = asking.started().handling(answer('', 'length'));

    expect(events.at(-1)).toMatchObject({ data: { failure: { message: expect.stringContaining('limit of tokens') } } });
  });

  it('is none where it calls a tool or says a word', () => {
    expect(asking.answered({ reasoning: 'Hm.', calls: [['pay', '{}']] }).events.at(-1)?.type).toBe('StepScheduled');
    expect(asking.answered({ reasoning: 'Hm.', content: 'No.' }).state.lastTurn?.end).toBe('completed');
  });
});
