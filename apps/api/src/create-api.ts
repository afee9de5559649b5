// The API as an Express application that does not listen yet: HTTP in, commands out. The order here is the order in
// which a request is judged: who may ask at all comes before what is asked.

import express, { type ErrorRequestHandler, type Express } from 'express';
import { allRoutes } from './all-routes.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import { authenticate } from './authenticate.ts';
import { checkOrigin } from './check-origin.ts';
import { mountRoutes } from './mount-route.ts';
import { problemOf } from './problem-details.ts';
import { requireJson } from './read-body.ts';
import { giveContext, requestIdOf } from './request-context.ts';
import { createRequestMetrics } from './request-metrics.ts';

export const createApi = (dependencies: ApiDependencies): Express => {
  const { token, allowedHosts, newId, log, maxBodyBytes = 1024 * 1024, streams } = dependencies;
  const metrics = createRequestMetrics();
  const routes = allRoutes(dependencies, metrics);
  const open = new Set(routes.filter(({ access }) => access === 'open').map(({ path }) => path));

  const api = express();
  api.disable('x-powered-by');
  api.disable('etag');
  // A path has one spelling: what is open to all can then be told by comparing texts.
  api.enable('case sensitive routing');
  api.enable('strict routing');
  api.use(giveContext(newId));
  api.use(metrics.count);
  api.use(checkOrigin(allowedHosts));
  api.use(authenticate(token, ({ path }) => open.has(path)));
  api.use(requireJson);
  mountRoutes(api, routes, { maxBodyBytes, heartbeatMs: streams?.heartbeatMs ?? 15_000, log });
  api.use(answerProblem(log));
  return api;
};

const answerProblem =
  (log: ApiDependencies['log']): ErrorRequestHandler =>
  (error, request, response, _next) => {
    const requestId = requestIdOf(response);
    const { problem, headers, isFault } = problemOf(error, requestId);
    if (isFault) log.error({ err: error, requestId, method: request.method, path: request.path }, 'A request failed.');
    if (response.headersSent) return void response.destroy();
    response.status(problem.status).set(headers).type('application/problem+json').send(JSON.stringify(problem));
  };
