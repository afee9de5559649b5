// What the operator configured: models, and the tools of the MCP servers as the workers last saw them.

import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { pageOf } from '../page-of.ts';
import { defineRoute, noBody, noFields, type Route } from '../route.ts';
import { modelsAnswer, toolsAnswer } from '../schemas/answers.ts';
import { pageParameters } from '../schemas/parameters.ts';

export const catalogueRoutes = ({ models, catalogue, servers }: ApiDependencies): readonly Route[] => [
  defineRoute({
    method: 'get',
    path: '/models',
    group: 'Operations',
    summary: 'Lists the configured models',
    access: 'token',
    params: noFields,
    query: z.strictObject(pageParameters),
    body: noBody,
    answers: { 200: { description: 'One page.', schema: modelsAnswer } },
    perform: async ({ query }) => ({ status: 200, json: pageOf(models.list(), query) }),
  }),
  defineRoute({
    method: 'get',
    path: '/tools',
    group: 'Operations',
    summary: 'Lists the tools of the configured MCP servers',
    description: 'One entry a server, as a worker last listed it; with `failure` where it could not.',
    access: 'token',
    params: noFields,
    query: z.strictObject(pageParameters),
    body: noBody,
    answers: { 200: { description: 'One page.', schema: toolsAnswer } },
    perform: async ({ query }) => {
      const entries = await catalogue.all();
      return {
        status: 200,
        json: pageOf(
          entries.filter(({ server }) => servers.includes(server)),
          query,
        ),
      };
    },
  }),
];
