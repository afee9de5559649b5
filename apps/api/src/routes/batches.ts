// Batches: prompts × samples × models as conversations.

import { type AboutBatch, type BatchRequest, defaultLimits, graderFault, type ModelSettings, viewBatch } from '@turnlog/core';
import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { modelErrors, priceErrors, serverErrors } from '../known-names.ts';
import { type FieldError, RequestRefused, refuseFields } from '../request-refused.ts';
import { type Answer, defineRoute, noBody, noFields, type Route } from '../route.ts';
import { batchAnswer, batchesAnswer, batchItemsAnswer, bulkAccepted } from '../schemas/batch-answers.ts';
import { createBatchBody, defaultConcurrency, resumeBatchBody } from '../schemas/batch-bodies.ts';
import { bulkParams, defaultLimit, idempotencyHeaders, pageParameters, replayedHeader } from '../schemas/parameters.ts';
import { submitBulk } from '../submit-bulk.ts';

export const batchRoutes = (dependencies: ApiDependencies): readonly Route[] => [
  createRoute(dependencies),
  listRoute(dependencies),
  readRoute(dependencies),
  conversationsRoute(dependencies),
  cancelRoute(dependencies),
  resumeRoute(dependencies),
];

const group = 'Batches and exports';
/** 100,000 short prompts. */
const maxBodyBytes = 32 * 1024 * 1024;

const createRoute = (dependencies: ApiDependencies): Route =>
  defineRoute({
    method: 'post',
    path: '/batches',
    group,
    summary: 'Collects many conversations',
    description:
      'Each prompt is said to each model as often as `samples` says, a few conversations at a time. All of them are tagged `batch:<id>`; those of one prompt are forks of one first event, so `rl` groups and `dpo` pairs come of them. Models, servers and limits are frozen now. Workers carry it on, whatever becomes of this process. The body may have 32 MiB.',
    access: 'token',
    maxBodyBytes,
    params: noFields,
    query: noFields,
    headers: idempotencyHeaders,
    body: createBatchBody,
    answers: {
      202: {
        description: 'The batch is enqueued.',
        schema: bulkAccepted,
        headers: z.object({ Location: z.string(), ...replayedHeader }),
      },
    },
    problems: ['key_reused'],
    perform: async (request) => {
      const { work, headers } = await submitBulk(dependencies, request, 'batch', () => askedBy(request.body, dependencies));
      return { status: 202, json: { id: work.id, phase: work.phase }, headers };
    },
  });

type CreateBody = z.output<typeof createBatchBody>;

const askedBy = (
  body: CreateBody,
  { models, servers }: ApiDependencies,
): { readonly about: AboutBatch; readonly request: BatchRequest } => {
  const names: readonly (string | undefined)[] = body.models === undefined ? [undefined] : [...new Set(body.models)];
  const resolved = names.map((name) => models.resolve(name));
  const errors = [
    ...names.flatMap((name, index) => modelFaults(body, name, resolved[index], index, models)),
    ...serverErrors(body, servers),
    ...graderFaults(body),
  ];
  if (errors.length > 0) return refuseFields(errors);
  const { prompts, samples = 1, concurrency = defaultConcurrency, budget, systemPrompt, approval, truncate } = body;
  const settings = resolved.filter((model) => model !== undefined);
  return {
    about: { prompts: prompts.length, samples, models: settings.map(({ name }) => name), concurrency, ...(budget && { budget }) },
    request: {
      prompts,
      samples,
      models: settings.map((model) => ({
        settings: { ...model, params: { ...model.params, ...body.params } },
        limits: { ...defaultLimits, ...models.limitsOf(model.name), ...body.limits },
      })),
      ...(systemPrompt !== undefined && { systemPrompt }),
      servers: [...new Set(body.servers ?? servers)],
      ...(approval !== undefined && { approval }),
      ...(truncate !== undefined && { truncate }),
      tags: body.tags ?? [],
      metadata: body.metadata ?? {},
      graders: body.graders ?? [],
      ...(budget && { budget }),
      concurrency,
    },
  };
};

const modelFaults = (
  body: CreateBody,
  name: string | undefined,
  model: ModelSettings | undefined,
  index: number,
  models: ApiDependencies['models'],
): readonly FieldError[] => [
  ...modelErrors({ model: name }, model, models).map((error) => ({
    ...error,
    path: name === undefined ? 'models' : `models.${index}`,
  })),
  ...priceErrors(body, model),
  ...priceErrors({ limits: { ...(body.budget?.maxCost !== undefined && { maxCost: body.budget.maxCost }) } }, model).map(
    (error) => ({
      ...error,
      path: 'budget.maxCost',
    }),
  ),
];

const graderFaults = ({ graders = [], prompts }: CreateBody): readonly FieldError[] => {
  const haveExpected = prompts.every((prompt) => 'expected' in prompt && prompt.expected !== undefined);
  return [
    ...graders.map((grader, index) => ({ path: `graders.${index}`, message: graderFault(grader, haveExpected) })),
    ...prompts.flatMap((prompt, place) =>
      ('graders' in prompt ? (prompt.graders ?? []) : []).map((grader, index) => ({
        path: `prompts.${place}.graders.${index}`,
        message: graderFault(grader, 'expected' in prompt && prompt.expected !== undefined),
      })),
    ),
  ].filter((error): error is FieldError => error.message !== undefined);
};

const nothingAt = (id: string): RequestRefused => new RequestRefused('not_found', `There is no batch ${id}.`);

const readRoute = ({ bulk }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/batches/:id',
    group,
    summary: 'Shows how far a batch has come',
    access: 'token',
    params: bulkParams,
    query: noFields,
    body: noBody,
    answers: { 200: { description: 'Its progress, and what its conversations came to.', schema: batchAnswer } },
    perform: async ({ params: { id } }) => {
      const work = await bulk.find('batch', id);
      if (work === undefined) throw nothingAt(id);
      return { status: 200, json: viewBatch(work) };
    },
  });

const listRoute = ({ bulk }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/batches',
    group,
    summary: 'Lists batches, newest first',
    access: 'token',
    params: noFields,
    query: z.strictObject(pageParameters),
    body: noBody,
    answers: { 200: { description: 'One page.', schema: batchesAnswer } },
    perform: async ({ query: { limit = defaultLimit, cursor } }) => {
      const { items, nextCursor } = await bulk.list('batch', { limit, ...(cursor !== undefined && { cursor }) });
      return { status: 200, json: { items: items.map(viewBatch), nextCursor } };
    },
  });

const conversationsRoute = ({ bulk }: ApiDependencies): Route =>
  defineRoute({
    method: 'get',
    path: '/batches/:id/conversations',
    group,
    summary: 'Lists the conversations of a batch that have ended',
    description: 'In the order of the prompts. Those still open stand in `GET /conversations?tag=batch:<id>`.',
    access: 'token',
    params: bulkParams,
    query: z.strictObject(pageParameters),
    body: noBody,
    answers: { 200: { description: 'One page.', schema: batchItemsAnswer } },
    perform: async ({ params: { id }, query: { limit = defaultLimit, cursor } }) => {
      if ((await bulk.find('batch', id)) === undefined) throw nothingAt(id);
      const found = await bulk.items(id, { limit: limit + 1, ...(cursor !== undefined && { after: cursor }) });
      const page = found.slice(0, limit);
      const nextCursor = found.length > limit ? (page.at(-1)?.item ?? null) : null;
      return { status: 200, json: { items: page.map(({ result }) => result), nextCursor } };
    },
  });

const cancelRoute = (dependencies: ApiDependencies): Route =>
  defineRoute({
    method: 'post',
    path: '/batches/:id/cancel',
    group,
    summary: 'Ends a batch early',
    description: 'Begins nothing more and stops the open turns. What has ended stays. One that is over is left as it is.',
    access: 'token',
    params: bulkParams,
    query: noFields,
    body: z.strictObject({}),
    answers: { 202: { description: 'It will end.', schema: batchAnswer } },
    perform: async ({ params: { id } }) => steered(dependencies, id, { isCancelled: true }),
  });

const resumeRoute = (dependencies: ApiDependencies): Route =>
  defineRoute({
    method: 'post',
    path: '/batches/:id/resume',
    group,
    summary: 'Gives a batch another budget',
    description: 'A paused one goes on at once. One that is over is left as it is.',
    access: 'token',
    params: bulkParams,
    query: noFields,
    body: resumeBatchBody,
    answers: { 202: { description: 'It goes on.', schema: batchAnswer } },
    perform: async ({ params: { id }, body: { budget } }) => steered(dependencies, id, { ...(budget && { budget }) }),
  });

const steered = async (
  { bulk, wakeBulk }: ApiDependencies,
  id: string,
  wish: Parameters<ApiDependencies['bulk']['steer']>[2],
): Promise<Answer> => {
  const work = await bulk.steer('batch', id, wish);
  if (work === undefined) throw nothingAt(id);
  wakeBulk(id);
  return { status: 202, json: viewBatch(work) };
};
