// The OpenAPI 3.1 document, made from the same declarations that validate requests.

import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { type ProblemCode, problems, problemType } from './problem-details.ts';
import { type DocumentedAnswer, hasBody, type Route } from './route.ts';
import { problemAnswer } from './schemas/answers.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

export const describeApi = (routes: readonly Route[]): OpenApiDocument =>
  createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Turnlog',
      version: '0.1.0',
      description:
        'Durable conversations between a model and MCP tools. Every change is an event in a log; all that is read here is a projection of it.',
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { cookie: [] }],
    tags: [...new Set(routes.map(({ group }) => group))].map((name) => ({ name })),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token that is printed at the start.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'turnlog_<hash>',
          description: 'Set by `/?token=…`. Unsafe methods by cookie also need the header `X-Turnlog-Csrf`.',
        },
      },
    },
    paths: pathsOf(routes),
  });

const pathsOf = (routes: readonly Route[]): Record<string, Record<string, ZodOpenApiOperationObject>> => {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return paths;
};

const operationOf = (route: Route): ZodOpenApiOperationObject => ({
  operationId: operationId(route),
  tags: [route.group],
  summary: route.summary,
  ...(route.description !== undefined && { description: route.description }),
  ...(route.access === 'open' && { security: [] }),
  requestParams: {
    path: route.params,
    query: route.query,
    ...(route.headers !== undefined && { header: route.headers }),
  },
  ...(hasBody(route) && {
    requestBody: {
      required: !route.body.safeParse({}).success,
      content: { 'application/json': { schema: route.body } },
    },
  }),
  responses: {
    ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, responseOf(answer)])),
    ...problemResponses(route),
  },
});

/** `POST /conversations/:id/tool-calls/:callId/decision` → `postConversationsByIdToolCallsByCallIdDecision`. */
const operationId = ({ method, path }: Route): string => {
  const words = path.replaceAll(/:(\w+)/g, 'by-$1').match(/[A-Za-z]+/g) ?? ['landing'];
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
};

const responseOf = ({ description, schema, media = [], headers }: DocumentedAnswer) => ({
  description,
  ...(headers && { headers }),
  content: {
    ...(schema && { 'application/json': { schema } }),
    ...Object.fromEntries(media.map((type) => [type, { schema: { type: 'string' as const } }])),
  },
});

const problemResponses = (route: Route): ZodOpenApiResponsesObject => {
  const codes = problemsOf(route);
  return Object.fromEntries(
    [...new Set(codes.map((code) => problems[code].status))].map((status) => {
      const types = codes.filter((code) => problems[code].status === status).map((code) => `\`${problemType(code)}\``);
      return [status, { description: types.join(', '), content: { 'application/problem+json': { schema: problemAnswer } } }];
    }),
  );
};

/** Which problems a route can answer with: those of every route of its kind, and its own. */
export const problemsOf = (route: Route): readonly ProblemCode[] => {
  const codes: ProblemCode[] = [
    'forbidden_host',
    'forbidden_origin',
    'unsupported_media_type',
    'internal',
    ...(route.problems ?? []),
  ];
  if (route.access === 'token') codes.push('unauthorized', 'store_unavailable');
  if (route.path.includes(':')) codes.push('malformed_request', 'not_found', 'unreadable_conversation');
  if (hasBody(route)) codes.push('csrf_required', 'malformed_json', 'body_too_large', 'conflict', 'key_reused');
  if (route.method === 'delete') codes.push('csrf_required', 'conflict');
  if (hasBody(route) || Object.keys(route.query.shape).length > 0) codes.push('invalid_request');
  return codes;
};
