// Pure functions of a prefix of the log: they execute nothing.

import { phaseOf, renderHistory, toTrace, waitingFor } from '@turnlog/core';
import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { requireConversation } from '../require-conversation.ts';
import { defineRoute, noBody, type Route } from '../route.ts';
import { stateAnswer, traceAnswer } from '../schemas/answers.ts';
import { conversationParams, wholeNumber } from '../schemas/parameters.ts';

export const replayRoutes = (dependencies: ApiDependencies): readonly Route[] => [
  stateRoute(dependencies),
  traceRoute(dependencies),
];

const stateRoute = ({ engine }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/conversations/:id/state',
    group: 'Reading',
    summary: 'Replays a prefix',
    description:
      'The state and the messages at a version, valid for a model server: a call that was open there has a placeholder as its answer. Executes nothing.',
    problems: ['no_such_version'],
    access: 'token',
    params: conversationParams,
    query: z.strictObject({
      at: wholeNumber({ min: 1 }).optional().meta({ description: 'A version; the last one if not given.' }),
    }),
    body: noBody,
    answers: { 200: { description: 'The state at that version.', schema: stateAnswer } },
    perform: async ({ params: { id }, query: { at } }) => {
      const head = await requireConversation(engine, id);
      const state = at === undefined ? head : await engine.stateAt(id, at);
      const waiting = waitingFor(state);
      return {
        status: 200,
        json: {
          id,
          version: state.version,
          phase: phaseOf(state),
          messages: renderHistory(state).messages,
          ...(waiting.length > 0 && { waitingFor: waiting }),
        },
      };
    },
  });

const traceRoute = ({ engine }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/conversations/:id/trace',
    group: 'Reading',
    summary: 'Exports one conversation',
    access: 'token',
    params: conversationParams,
    query: z.strictObject({
      format: z
        .enum(['trace'], 'There is no such format here. Known: trace.')
        .optional()
        .meta({ description: '`trace` if not given.' }),
    }),
    body: noBody,
    answers: { 200: { description: 'A trace file.', schema: traceAnswer } },
    perform: async ({ params: { id } }) => ({ status: 200, json: toTrace(id, await requireConversation(engine, id)) }),
  });
