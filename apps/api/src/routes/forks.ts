// Forks: another way on from any version, the family they make, and what two of them say differently.

import { type Command, diffConversations, findForkFamily, type Recorded, viewConversation } from '@turnlog/core';
import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { modelErrors, serverErrors } from '../known-names.ts';
import { RequestRefused, refuseFields } from '../request-refused.ts';
import { defineRoute, noBody, noFields, type Route } from '../route.ts';
import { conversationAnswer } from '../schemas/answers.ts';
import { conversationId, conversationParams, idempotencyHeaders, replayedHeader } from '../schemas/parameters.ts';
import { diffAnswer, treeAnswer } from '../schemas/replay-answers.ts';
import { forkBody } from '../schemas/request-bodies.ts';
import type { SubmitCommand } from '../submit-command.ts';

export const forkRoutes = (dependencies: ApiDependencies, submit: SubmitCommand): readonly Route[] => [
  forkRoute(dependencies, submit),
  treeRoute(dependencies),
  diffRoute(dependencies),
];

const forkRoute = (dependencies: ApiDependencies, submit: SubmitCommand): Route =>
  defineRoute({
    method: 'post',
    path: '/conversations/:id/fork',
    group: 'Conversations',
    summary: 'Forks a conversation at a version',
    description:
      'A new conversation that shares the events up to `at`, at the cost of one append. What was open there is closed: calls are answered as not executed in this branch, or as perhaps executed where they had been sent. `edit` or `input` starts the model; without them it stays idle.',
    problems: ['no_such_version', 'already_exists', 'closed', 'nothing_to_edit'],
    access: 'token',
    params: conversationParams,
    query: noFields,
    headers: idempotencyHeaders,
    body: forkBody,
    answers: {
      201: {
        description: 'The fork as it was created.',
        schema: conversationAnswer,
        headers: z.object({ Location: z.string(), ...replayedHeader }),
      },
    },
    perform: async (request) => {
      const { params, body } = request;
      const { id, state, headers } = await submit.create(request, () => forkCommand(params.id, body, dependencies));
      return { status: 201, json: viewConversation(id, state), headers: { ...headers, Location: `/conversations/${id}` } };
    },
  });

const forkCommand = (parent: string, body: z.output<typeof forkBody>, { models, servers }: ApiDependencies): Command => {
  const model = body.model === undefined ? undefined : models.resolve(body.model);
  const errors = [...(body.model === undefined ? [] : modelErrors(body, model, models)), ...serverErrors(body, servers)];
  if (errors.length > 0) return refuseFields(errors);
  const { at, systemPrompt, edit, input, supersede } = body;
  return {
    type: 'ForkConversation',
    parent: { conversationId: parent, version: at },
    ...(model && { model }),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(body.servers && { servers: [...new Set(body.servers)] }),
    ...(edit && { edit }),
    ...(input !== undefined && { input }),
    ...(supersede !== undefined && { supersede }),
  };
};

const treeRoute = ({ list }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/conversations/:id/tree',
    group: 'Reading',
    summary: 'Shows the fork family',
    description: 'The conversation that all were forked from, and every fork with the version `at` which it left its parent.',
    access: 'token',
    params: conversationParams,
    query: noFields,
    body: noBody,
    answers: { 200: { description: 'The same whoever of the family is asked.', schema: treeAnswer } },
    perform: async ({ params: { id } }) => {
      const family = await findForkFamily(list, id);
      if (family === undefined) throw nothingAt(id);
      return { status: 200, json: family };
    },
  });

const diffRoute = ({ store }: ApiDependencies): Route => {
  const eventsOf = async (id: string): Promise<readonly Recorded[]> => {
    const events = await store.read(id);
    if (events.length === 0) throw nothingAt(id);
    return events;
  };
  return defineRoute({
    method: 'get',
    path: '/conversations/:id/diff',
    group: 'Reading',
    summary: 'Compares two conversations',
    access: 'token',
    params: conversationParams,
    query: z.strictObject({ with: conversationId.meta({ description: 'The id of the other conversation.' }) }),
    body: noBody,
    answers: { 200: { description: 'Where they part, and their messages side by side.', schema: diffAnswer } },
    perform: async ({ params: { id }, query }) => {
      const [here, there] = await Promise.all([eventsOf(id), eventsOf(query.with)]);
      return { status: 200, json: { here: id, there: query.with, ...diffConversations(here, there) } };
    },
  });
};

const nothingAt = (id: string): RequestRefused => new RequestRefused('not_found', `There is no conversation ${id}.`);
