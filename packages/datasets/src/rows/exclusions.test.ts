import { aConversation, aFailure, aTool, type ConversationBuilder, claimOf } from '@turnlog/core/testing';
import { describe, expect, it } from 'vitest';
import { alone, rowOptions } from '../testing/a-family.ts';
import { projectFamily } from './project-family.ts';
import type { ExclusionReason } from './projection.ts';

const tools = [
  aTool('read', { trusted: true, annotations: { readOnlyHint: true } }),
  aTool('pay', { approval: 'ask' }),
  aTool('wipe', { approval: 'never' }),
  aTool('notify', { onUnknownOutcome: 'tell' }),
];
const asked = aConversation().withTools(tools).withTurn('go');
const calling = (name: string, raw = '{}') => asked.answered({ calls: [[name, raw]] });

/** The worker found that they do not match the input schema. */
const refusedArguments = calling('read', '{"path":7}').handling({
  type: 'RefuseArguments',
  step: 2,
  attempt: 1,
  fault: 'arguments/path must be string',
});

/** An answer that ended for this reason. */
const ending = (finishReason: string) =>
  asked.started().handling({
    type: 'RecordModelAnswer',
    step: 1,
    attempt: 1,
    claim: claimOf(1, 1),
    answer: { message: { content: 'Half a', toolCalls: [] }, finishReason },
  });

const rated = (feedback: object) =>
  asked.answered({ content: 'a' }).handling({ type: 'GiveFeedback', feedback: feedback as never });

describe('an answer is left out of sft', () => {
  it.each<[ExclusionReason, string, ConversationBuilder]>([
    ['error', 'it says nothing and asks for nothing', asked.answered({ content: ' \n' })],
    ['error', 'its server stopped it', ending('content_filter')],
    ['error', 'it calls a tool that was not offered', calling('nowhere').answered({ content: 'a' })],
    ['truncated_output', 'it was cut', ending('length')],
    [
      'unknown_outcome',
      'its call may have happened',
      calling('notify').failed(aFailure('timeout'), { callId: 'call_1_1', sent: true }),
    ],
    ['unknown_outcome', 'its call was under way when the turn was cancelled', calling('read').started('call_1_1').cancelled()],
    ['unknown_outcome', 'its call is still open', calling('pay')],
    ['rejected_call', 'a person did not allow its call', calling('pay').decided('call_1_1', { decision: 'reject' })],
    ['rejected_call', 'the operator never allows its call', calling('wipe')],
    ['bad_arguments', 'its arguments are no JSON', calling('read', '{broken')],
    [
      'bad_arguments',
      'no object can hold its arguments',
      calling('read', '{"id":12345678901234567890}').returned('call_1_1', ''),
    ],
    ['bad_arguments', 'its arguments are not what the tool takes', refusedArguments],
    ['superseded', 'its turn was rolled back', calling('read').withTurn('better', 'rollback')],
    ['low_rating', 'its step was rated -1', rated({ turn: 1, step: 1, rating: -1 })],
    ['low_rating', 'its turn was rated -1', rated({ turn: 1, rating: -1 })],
    ['low_rating', 'its conversation was rated -1', rated({ rating: -1 })],
  ])('for %s where %s', (reason, _, story) => {
    expect(projectFamily('sft', alone(story), rowOptions).excluded).toEqual({ [reason]: 1 });
  });

  it('and so is what was asked after arguments that no row can show', () => {
    const story = calling('read', '{broken').answered({ content: 'I am sorry.' });
    expect(projectFamily('sft', alone(story), rowOptions)).toMatchObject({ rows: [], excluded: { bad_arguments: 2 } });
  });
});

describe('an answer stays in sft', () => {
  it('where it mends a call whose arguments the tool does not take', () => {
    const story = refusedArguments.answered({ calls: [['read', '{"path":"7"}']] }).returned('call_3_1', 'x');
    const { rows, excluded } = projectFamily('sft', alone(story), rowOptions);
    expect([rows.map(({ id }) => id), excluded]).toEqual([[expect.stringMatching(/:\d+$/)], { bad_arguments: 1 }]);
  });

  it.each<[string, ConversationBuilder]>([
    ['its tool said that something is wrong', calling('read').failed(aFailure('unauthorized'), { callId: 'call_1_1' })],
    ['its call was never made, as the turn was cancelled', calling('read').cancelled()],
    [
      'its step was rated better than its turn',
      rated({ turn: 1, step: 1, rating: 0 }).handling({ type: 'GiveFeedback', feedback: { turn: 1, rating: -1 } }),
    ],
    ['its turn failed later', calling('read').returned('call_1_1', 'x').failed(aFailure('unauthorized'))],
  ])('where %s', (_, story) => {
    const { rows, excluded } = projectFamily('sft', alone(story), rowOptions);
    expect(excluded).toEqual({});
    expect(rows.length).toBe(1);
  });
});
