// Turns: saying something, stopping what is under way, going on after a limit.

import { type Command, phaseOf, type Recorded } from '@turnlog/core';
import { z } from 'zod';
import { type Answer, defineRoute, noFields, type Route } from '../route.ts';
import { commandAnswer, turnAnswer } from '../schemas/answers.ts';
import { conversationParams, idempotencyHeaders, replayedHeader } from '../schemas/parameters.ts';
import { cancelBody, resumeBody, startTurnBody } from '../schemas/request-bodies.ts';
import type { SubmitCommand, Submitted } from '../submit-command.ts';

export const turnRoutes = (submit: SubmitCommand): readonly Route[] => [
  startRoute(submit),
  cancelRoute(submit),
  resumeRoute(submit),
];

export const replayedHeaders = z.object(replayedHeader);

/** What every command on a conversation answers: where it stands now. */
export const commandAnswerOf = (status: number, { id, version, state, headers }: Submitted): Answer => ({
  status,
  json: { id, version, phase: phaseOf(state) },
  headers,
});

const startRoute = (submit: SubmitCommand): Route =>
  defineRoute({
    method: 'post',
    path: '/conversations/:id/turns',
    group: 'Conversations',
    summary: 'Starts a turn',
    description: `Enqueues the work and answers at once; follow it in the events.

An input that waits reserves no number. With \`queue\`, \`turn\` is a forecast: the number that it gets if nothing is heard before it,
and never a lower one. With \`steer\`, it is the open turn, which hears the input unless it ends first: then a turn of its own does.
In all other cases it is the turn that was started. The event \`TurnStarted\` tells for sure.`,
    problems: ['busy', 'closed'],
    access: 'token',
    params: conversationParams,
    query: noFields,
    headers: idempotencyHeaders,
    body: startTurnBody,
    answers: {
      202: {
        description: 'Accepted. `turn` is the turn that was started, or, for an input that waits, a forecast.',
        schema: turnAnswer,
        headers: replayedHeaders,
      },
    },
    perform: async (request) => {
      const { input, whileBusy } = request.body;
      const command: Command = { type: 'StartTurn', input, ...(whileBusy !== undefined && { whileBusy }) };
      const submitted = await submit(request, request.params.id, command);
      const { id, version, headers } = submitted;
      return { status: 202, json: { id, turn: turnOf(submitted), version }, headers };
    },
  });

/** Where nothing was heard yet, what the number will be at least. */
const turnOf = ({ events, state }: Submitted): number => {
  const heard = events.find((event): event is Extract<Recorded, { type: 'TurnStarted' | 'TurnSteered' }> =>
    ['TurnStarted', 'TurnSteered'].includes(event.type),
  );
  return heard?.data.turn ?? state.turns + state.queued.length;
};

const cancelRoute = (submit: SubmitCommand): Route =>
  defineRoute({
    method: 'post',
    path: '/conversations/:id/cancel',
    group: 'Steering',
    summary: 'Stops the open turn',
    description:
      'Its steps are settled at once and the history stays valid; workers abort within seconds. An input that was queued starts next.',
    problems: ['no_open_turn', 'closed'],
    access: 'token',
    params: conversationParams,
    query: noFields,
    headers: idempotencyHeaders,
    body: cancelBody,
    answers: { 200: { description: 'The turn is cancelled.', schema: commandAnswer, headers: replayedHeaders } },
    perform: async (request) => {
      const { reason } = request.body;
      const command: Command = { type: 'CancelTurn', ...(reason !== undefined && { reason }) };
      return commandAnswerOf(200, await submit(request, request.params.id, command));
    },
  });

const resumeRoute = (submit: SubmitCommand): Route =>
  defineRoute({
    method: 'post',
    path: '/conversations/:id/resume',
    group: 'Steering',
    summary: 'Resumes a turn that a limit paused',
    description: 'With `limits`, raises them first; a limit that is still exceeded is refused (409).',
    problems: ['not_paused', 'limit_not_raised', 'replay_stopped', 'closed'],
    access: 'token',
    params: conversationParams,
    query: noFields,
    headers: idempotencyHeaders,
    body: resumeBody,
    answers: { 202: { description: 'The turn goes on.', schema: commandAnswer, headers: replayedHeaders } },
    perform: async (request) => {
      const { limits } = request.body;
      const command: Command = { type: 'ResumeTurn', ...(limits !== undefined && { limits }) };
      return commandAnswerOf(202, await submit(request, request.params.id, command));
    },
  });
