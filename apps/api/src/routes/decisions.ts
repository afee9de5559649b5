// What people decide: about a tool call that waits for them, and about what came out.

import type { Command } from '@turnlog/core';
import { defineRoute, noFields, type Route } from '../route.ts';
import { commandAnswer } from '../schemas/answers.ts';
import { callParams, conversationParams, idempotencyHeaders } from '../schemas/parameters.ts';
import { decisionBody, feedbackBody } from '../schemas/request-bodies.ts';
import type { SubmitCommand } from '../submit-command.ts';
import { commandAnswerOf, replayedHeaders } from './turns.ts';

export const decisionRoutes = (submit: SubmitCommand): readonly Route[] => [decisionRoute(submit), feedbackRoute(submit)];

const decisionRoute = (submit: SubmitCommand): Route =>
  defineRoute({
    method: 'post',
    path: '/conversations/:id/tool-calls/:callId/decision',
    group: 'Steering',
    summary: 'Decides about a tool call that waits',
    description:
      '`waitingFor` of the conversation lists the calls, what each one waits for, and its `digest`. A decision is bound to the digest: if the call or its tool has changed since, it is refused (409).',
    problems: [
      'no_such_call',
      'not_waiting',
      'digest_required',
      'stale_digest',
      'bad_content',
      'wrong_decision',
      'bad_arguments',
      'result_required',
      'tool_gone',
      'closed',
    ],
    access: 'token',
    params: callParams,
    query: noFields,
    headers: idempotencyHeaders,
    body: decisionBody,
    answers: { 202: { description: 'The decision stands.', schema: commandAnswer, headers: replayedHeaders } },
    perform: async (request) => {
      const { id, callId } = request.params;
      const { decision, arguments: edited, reason, result, content, digest } = request.body;
      const command: Command = {
        type: 'DecideToolCall',
        callId,
        decision,
        ...(digest !== undefined && { digest }),
        ...(edited !== undefined && { arguments: edited }),
        ...(reason !== undefined && { reason }),
        ...(result !== undefined && { result }),
        ...(content !== undefined && { content }),
      };
      return commandAnswerOf(202, await submit(request, id, command));
    },
  });

const feedbackRoute = (submit: SubmitCommand): Route =>
  defineRoute({
    method: 'post',
    path: '/conversations/:id/feedback',
    group: 'Steering',
    summary: 'Rates, tags, comments or corrects',
    description: 'Of a step, a turn, or the whole conversation if neither is given.',
    problems: ['no_such_turn', 'no_such_step', 'closed'],
    access: 'token',
    params: conversationParams,
    query: noFields,
    headers: idempotencyHeaders,
    body: feedbackBody,
    answers: { 200: { description: 'The feedback is recorded.', schema: commandAnswer, headers: replayedHeaders } },
    perform: async (request) =>
      commandAnswerOf(200, await submit(request, request.params.id, { type: 'GiveFeedback', feedback: request.body })),
  });
