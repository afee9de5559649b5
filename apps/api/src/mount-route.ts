// Puts a declared route into Express: reads the body, performs, and writes the answer. Nothing else answers requests.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Express, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { openConnection } from './open-connection.ts';
import { readBody } from './read-body.ts';
import { requestIdOf } from './request-context.ts';
import { RequestRefused } from './request-refused.ts';
import { type Answer, hasBody, type Incoming, type Route } from './route.ts';

interface Mounting {
  readonly maxBodyBytes: number;
  readonly heartbeatMs: number;
  readonly log: Logger;
}

export const mountRoutes = (api: Express, routes: readonly Route[], mounting: Mounting): void => {
  for (const route of routes) mountRoute(api, route, mounting);
  for (const path of new Set(routes.map((route) => route.path)))
    api.all(path, refuseMethod(routes.filter((route) => route.path === path)));
  api.use((request) => {
    throw new RequestRefused('no_such_route', `There is no route ${request.method} ${request.path}. All routes stand at /docs.`);
  });
};

const mountRoute = (api: Express, route: Route, mounting: Mounting): void => {
  const remember: RequestHandler = (_request, response, next) => {
    response.locals.route = route.path;
    next();
  };
  const perform: RequestHandler = async (request, response) => {
    const answer = await route.perform(incomingOf(request, response, route));
    if ('stream' in answer) await stream(answer, request, response, mounting);
    else if ('file' in answer) await sendFile(answer, request, response);
    else writeAnswer(response, answer);
  };
  api[route.method](
    route.path,
    remember,
    ...(hasBody(route) ? readBody(route.maxBodyBytes ?? mounting.maxBodyBytes) : []),
    perform,
  );
};

/** A body that may be left out and was counts as an empty one. */
const incomingOf = (request: Request, response: Response, route: Route): Incoming => ({
  requestId: requestIdOf(response),
  method: request.method,
  path: request.path,
  params: request.params,
  query: { ...request.query },
  body: !hasBody(route) ? undefined : request.body === undefined ? {} : request.body,
  header: (name) => request.get(name),
});

type FileAnswer = Extract<Answer, { readonly file: unknown }>;

/** A client that goes away in the middle is no fault. */
const sendFile = async ({ status, file, headers }: FileAnswer, request: Request, response: Response): Promise<void> => {
  response.status(status).set({ ...headers, 'Content-Length': String(file.bytes) });
  if (request.method === 'HEAD') return void response.end();
  await pipeline(Readable.from(file.content), response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
};

const writeAnswer = (response: Response, answer: Exclude<Answer, FileAnswer | { readonly stream: unknown }>): void => {
  response.status(answer.status).set(answer.headers ?? {});
  if ('text' in answer) response.send(answer.text);
  else if (answer.json === undefined) response.end();
  else response.type('application/json').send(JSON.stringify(answer.json));
};

const stream = async (
  { stream: perform }: Extract<Answer, { readonly stream: unknown }>,
  request: Request,
  response: Response,
  { heartbeatMs, log }: Mounting,
): Promise<void> => {
  response.locals.isStream = true;
  const connection = openConnection(response, heartbeatMs);
  try {
    if (request.method !== 'HEAD') await perform(connection);
  } catch (error) {
    log.error({ err: error, requestId: requestIdOf(response) }, 'A live stream ended early.');
  } finally {
    response.end();
  }
};

const refuseMethod = (routes: readonly Route[]): RequestHandler => {
  const methods = routes.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
  return (request) => {
    throw new RequestRefused('method_not_allowed', `${request.path} takes ${methods.join(', ')}.`, {
      headers: { Allow: methods.join(', ') },
    });
  };
};
