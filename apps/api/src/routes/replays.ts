// What a prefix of the log comes to, and performing it again.

import {
  type ConversationState,
  type ModelSettings,
  NoSuchVersion,
  phaseOf,
  planReplay,
  projectConversation,
  type Recorded,
  renderHistory,
  toTrace,
  verifyConversation,
  viewConversation,
  waitingFor,
} from '@turnlog/core';
import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { modelErrors } from '../known-names.ts';
import { RequestRefused, refuseFields } from '../request-refused.ts';
import { requireConversation } from '../require-conversation.ts';
import { defineRoute, noBody, noFields, type Route } from '../route.ts';
import { conversationAnswer, rowsAnswer, stateAnswer, traceAnswer } from '../schemas/answers.ts';
import { formatName } from '../schemas/export-bodies.ts';
import { conversationParams, idempotencyHeaders, replayedHeader, wholeNumber } from '../schemas/parameters.ts';
import { replayAnswer } from '../schemas/replay-answers.ts';
import { replayBody } from '../schemas/request-bodies.ts';
import type { SubmitCommand } from '../submit-command.ts';

export const replayRoutes = (dependencies: ApiDependencies, submit: SubmitCommand): readonly Route[] => [
  stateRoute(dependencies),
  replayRoute(dependencies, submit),
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

const replayRoute = (dependencies: ApiDependencies, submit: SubmitCommand): Route =>
  defineRoute({
    method: 'post',
    path: '/conversations/:id/replay',
    group: 'Reading',
    summary: 'Replays a prefix',
    description:
      '`project` gives the state and the messages. `verify` folds the events one by one, renders every recorded model request again and compares its hash, and names the first version that differs. Neither asks a model or a tool, and neither writes. `cassette` and `live` perform the prefix again, in a fork: its inputs are asked one after the other. In a cassette the tools answer from the recordings and none is called; it stops at the first call that was never recorded. Live, everything happens again, and what may have side effects waits for approval.',
    problems: ['no_such_version', 'nothing_to_replay', 'closed', 'already_exists'],
    access: 'token',
    params: conversationParams,
    query: noFields,
    headers: idempotencyHeaders,
    body: replayBody,
    answers: {
      200: { description: 'The report of `project` or `verify`.', schema: replayAnswer },
      201: {
        description: 'The fork in which `cassette` or `live` goes on.',
        schema: conversationAnswer,
        headers: z.object({ Location: z.string(), ...replayedHeader }),
      },
    },
    perform: async (request) => {
      const { id } = request.params;
      const { at, mode, model } = request.body;
      if (mode === 'project') return { status: 200, json: projectConversation(id, await stateAt(dependencies.engine, id, at)) };
      const events = await prefixOf(dependencies.store, id, at);
      if (mode === 'verify') return { status: 200, json: verifyConversation(id, events, dependencies) };
      const performedBy = model === undefined ? undefined : requireModel(model, dependencies.models);
      const fork = await submit.create(request, () => planReplay(id, events, mode, performedBy));
      const headers = { ...fork.headers, Location: `/conversations/${fork.id}` };
      return { status: 201, json: viewConversation(fork.id, fork.state), headers };
    },
  });

/** Not through the engine: what it cannot fold is what `verify` looks for. */
const prefixOf = async (store: ApiDependencies['store'], id: string, at: number | undefined): Promise<readonly Recorded[]> => {
  const events = await store.read(id, at === undefined ? {} : { upTo: at });
  const last = events.at(-1)?.version;
  if (last === undefined) throw new RequestRefused('not_found', `There is no conversation ${id}.`);
  if (at !== undefined && last < at) throw new NoSuchVersion(id, at, last);
  return events;
};

const requireModel = (name: string, models: ApiDependencies['models']): ModelSettings => {
  const model = models.resolve(name);
  return model ?? refuseFields(modelErrors({ model: name }, model, models));
};

const traceRoute = ({ engine, exports }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/conversations/:id/trace',
    group: 'Reading',
    summary: 'Exports one conversation',
    description:
      'As a trace file, or as the rows that it gives in another export format: those of its own answers, with the secrets that were found replaced. What it shares with forks is compared with them, as in an export.',
    access: 'token',
    params: conversationParams,
    query: z.strictObject({
      format: formatName(exports.formats).optional().meta({ description: '`trace` if not given.' }),
    }),
    body: noBody,
    answers: { 200: { description: 'A trace file, or rows.', schema: z.union([traceAnswer, rowsAnswer]) } },
    perform: async ({ params: { id }, query: { format = 'trace' } }) => {
      const state = await requireConversation(engine, id);
      if (format === 'trace') return { status: 200, json: toTrace(id, state) };
      const found = await exports.rowsOf(format, id);
      return { status: 200, json: { format, conversation: id, ...(found ?? { rows: [], excluded: {}, secrets: 0 }) } };
    },
  });
