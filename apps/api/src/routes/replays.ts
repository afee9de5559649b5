// Pure functions of a prefix of the log: they execute nothing.

import {
  type ConversationState,
  NoSuchVersion,
  phaseOf,
  projectConversation,
  renderHistory,
  toTrace,
  verifyConversation,
  waitingFor,
} from '@turnlog/core';
import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { RequestRefused } from '../request-refused.ts';
import { requireConversation } from '../require-conversation.ts';
import { defineRoute, noBody, noFields, type Route } from '../route.ts';
import { stateAnswer, traceAnswer } from '../schemas/answers.ts';
import { conversationParams, wholeNumber } from '../schemas/parameters.ts';
import { replayAnswer } from '../schemas/replay-answers.ts';
import { replayBody } from '../schemas/request-bodies.ts';

export const replayRoutes = (dependencies: ApiDependencies): readonly Route[] => [
  stateRoute(dependencies),
  replayRoute(dependencies),
  traceRoute(dependencies),
];

const stateAt = async (engine: ApiDependencies['engine'], id: string, at: number | undefined): Promise<ConversationState> => {
  const head = await requireConversation(engine, id);
  return at === undefined ? head : engine.stateAt(id, at);
};

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
      const state = await stateAt(engine, id, at);
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

const replayRoute = ({ engine, store, sha256 }: ApiDependencies): Route =>
  defineRoute({
    method: 'post',
    path: '/conversations/:id/replay',
    group: 'Reading',
    summary: 'Replays a prefix and reports',
    description:
      '`project` gives the state and the messages. `verify` folds the events one by one, renders every recorded model request again and compares its hash, and names the first version that differs. Neither asks a model or a tool, and neither writes.',
    problems: ['no_such_version'],
    access: 'token',
    params: conversationParams,
    query: noFields,
    body: replayBody,
    answers: { 200: { description: 'The report.', schema: replayAnswer } },
    perform: async ({ params: { id }, body: { at, mode } }) => {
      if (mode === 'project') return { status: 200, json: projectConversation(id, await stateAt(engine, id, at)) };
      // Not through the engine: what it cannot fold is what is looked for.
      const events = await store.read(id, at === undefined ? {} : { upTo: at });
      const last = events.at(-1)?.version;
      if (last === undefined) throw new RequestRefused('not_found', `There is no conversation ${id}.`);
      if (at !== undefined && last < at) throw new NoSuchVersion(id, at, last);
      return { status: 200, json: verifyConversation(id, events, { sha256 }) };
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
