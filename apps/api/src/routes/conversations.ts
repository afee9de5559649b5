// Creating, listing and reading conversations.

import { type Command, defaultLimits, viewConversation } from '@turnlog/core';
import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { modelErrors, priceErrors, serverErrors } from '../known-names.ts';
import { refuseFields } from '../request-refused.ts';
import { requireConversation } from '../require-conversation.ts';
import { defineRoute, noBody, noFields, type Route } from '../route.ts';
import { conversationAnswer, conversationsAnswer, phaseParameter } from '../schemas/answers.ts';
import {
  conversationParams,
  defaultLimit,
  idempotencyHeaders,
  pageParameters,
  printable,
  replayedHeader,
} from '../schemas/parameters.ts';
import { createConversationBody } from '../schemas/request-bodies.ts';
import type { SubmitCommand } from '../submit-command.ts';

export const conversationRoutes = (dependencies: ApiDependencies, submit: SubmitCommand): readonly Route[] => [
  createRoute(dependencies, submit),
  listRoute(dependencies),
  readRoute(dependencies),
];

const createRoute = (dependencies: ApiDependencies, submit: SubmitCommand): Route =>
  defineRoute({
    method: 'post',
    path: '/conversations',
    group: 'Conversations',
    summary: 'Creates a conversation',
    description: 'With `input` the first turn is enqueued too. Model, servers and limits are frozen in its first event.',
    problems: ['already_exists'],
    access: 'token',
    params: noFields,
    query: noFields,
    headers: idempotencyHeaders,
    body: createConversationBody,
    answers: {
      201: {
        description: 'The conversation as it was created.',
        schema: conversationAnswer,
        headers: z.object({ Location: z.string(), ...replayedHeader }),
      },
    },
    perform: async (request) => {
      const { id, state, headers } = await submit.create(request, () => startCommand(request.body, dependencies));
      return { status: 201, json: viewConversation(id, state), headers: { ...headers, Location: `/conversations/${id}` } };
    },
  });

type CreateBody = z.output<typeof createConversationBody>;

const startCommand = (body: CreateBody, { models, servers }: ApiDependencies): Command => {
  const model = models.resolve(body.model);
  const errors = [...modelErrors(body, model, models), ...serverErrors(body, servers), ...priceErrors(body, model)];
  if (errors.length > 0 || model === undefined) return refuseFields(errors);
  const { systemPrompt, input, approval, limits, truncate, params, metadata = {}, tags = [] } = body;
  return {
    type: 'StartConversation',
    settings: {
      model: { ...model, params: { ...model.params, ...params } },
      ...(systemPrompt !== undefined && { systemPrompt }),
      servers: [...new Set(body.servers ?? servers)],
      ...(approval !== undefined && { approval }),
      limits: { ...defaultLimits, ...models.limitsOf(model.name), ...limits },
      ...(truncate !== undefined && { truncate }),
      metadata,
      tags: [...new Set(tags)],
    },
    ...(input !== undefined && { input }),
  };
};

const rating = z
  .enum(['-1', '0', '1'])
  .transform((value) => Number(value) as -1 | 0 | 1)
  .optional();

const listRoute = ({ list }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/conversations',
    group: 'Conversations',
    summary: 'Lists conversations, newest first',
    access: 'token',
    params: noFields,
    query: z.strictObject({
      phase: phaseParameter.optional(),
      model: printable.optional(),
      tag: printable.optional(),
      q: printable.max(500).optional().meta({ description: 'Text in the title, whatever its case.' }),
      rating,
      ...pageParameters,
    }),
    body: noBody,
    answers: { 200: { description: 'One page.', schema: conversationsAnswer } },
    perform: async ({ query: { cursor, limit = defaultLimit, ...filter } }) => ({
      status: 200,
      json: await list.list(withoutUndefined(filter), { limit, ...(cursor !== undefined && { cursor }) }),
    }),
  });

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const withoutUndefined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;

const readRoute = ({ engine }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/conversations/:id',
    group: 'Conversations',
    summary: 'Shows a conversation',
    description: 'Its messages with their versions, what is under way, and what it waits for.',
    access: 'token',
    params: conversationParams,
    query: noFields,
    body: noBody,
    answers: { 200: { description: 'The conversation as it is now.', schema: conversationAnswer } },
    perform: async ({ params: { id } }) => ({
      status: 200,
      json: viewConversation(id, await requireConversation(engine, id)),
    }),
  });
