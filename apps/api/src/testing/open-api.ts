// A whole API over real HTTP on a port of its own, with the real engine over a log in memory.
// Every answer is parsed with the schema that its route declares, so that documents and answers cannot drift apart.

import { createHash, randomUUID } from 'node:crypto';
import {
  type CatalogueEntry,
  createEngine,
  createInMemoryBulkLedger,
  createInMemoryConversationList,
  createInMemoryDatasetRegistry,
  createInMemoryEventStore,
  type Engine,
  type EventStore,
  type ModelSettings,
} from '@turnlog/core';
import { plainProfile } from '@turnlog/core/testing';
import { pino } from 'pino';
import { allRoutes } from '../all-routes.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { createApi } from '../create-api.ts';
import { type Listening, listen } from '../listen.ts';
import { problemsOf } from '../open-api-document.ts';
import { problemType } from '../problem-details.ts';
import { createRequestMetrics } from '../request-metrics.ts';
import type { Route } from '../route.ts';
import { problemAnswer } from '../schemas/answers.ts';
import { createMemoryFeed, type MemoryFeed } from './memory-feed.ts';

export const token = 'a-token-for-tests';
export const bearer = { authorization: `Bearer ${token}` };

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails if it is not there.
  readonly json: any;
}

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OpenApi {
  readonly url: string;
  readonly engine: Engine;
  readonly store: EventStore;
  readonly feed: MemoryFeed;
  readonly routes: readonly Route[];
  readonly listening: Listening;
  readonly logged: readonly string[];
  get(path: string, sent?: Sent): Promise<Reply>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  delete(path: string): Promise<Reply>;
  stop(): Promise<void>;
}

const small: ModelSettings = {
  name: 'small',
  model: 'acme/small-1',
  params: { temperature: 0.5, seed: 7 },
  profile: plainProfile,
};
const large: ModelSettings = { ...small, name: 'large', model: 'acme/large-1', params: {} };

export const someEntries: readonly CatalogueEntry[] = ['files', 'web', 'gone'].map((server) => ({
  server,
  tools: [],
  listedAt: '2026-11-22T12:00:00.000Z',
}));

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface OpenOptions extends Partial<ApiDependencies> {
  readonly losesHints?: boolean;
}

export const openApi = async ({ losesHints = false, ...changed }: OpenOptions = {}): Promise<OpenApi> => {
  const logged: string[] = [];
  const feed = createMemoryFeed({ losesHints });
  const dependencies = { ...someDependencies(feed, changed.store, logged), ...changed };
  const { engine, store } = dependencies;
  const listening = await listen(createApi(dependencies), { host: '127.0.0.1', port: 0 });
  const routes = allRoutes(dependencies, createRequestMetrics());
  const ask = createAsk(listening.url, routes);
  return {
    url: listening.url,
    engine,
    store,
    feed,
    routes,
    listening,
    logged,
    get: (path, sent = {}) => ask('GET', path, sent),
    post: (path, body, headers = {}) => ask('POST', path, { body, headers }),
    delete: (path) => ask('DELETE', path, {}),
    stop: listening.stop,
  };
};

const someDependencies = (feed: MemoryFeed, given: EventStore | undefined, logged: string[]): ApiDependencies => {
  const memory = createInMemoryEventStore();
  const store = given ?? memory;
  const engine = createEngine({
    store,
    now: () => new Date().toISOString(),
    sha256,
    dispatch: async () => {},
    announce: (conversationId, version) => feed.publish({ type: 'version', conversationId, version }),
  });
  return {
    engine,
    store,
    list: createInMemoryConversationList(memory),
    bulk: createInMemoryBulkLedger(() => new Date().toISOString()),
    wakeBulk: () => {},
    erasure: memory,
    datasets: createInMemoryDatasetRegistry(memory),
    exports: {
      formats: [
        { name: 'trace', hasParquet: false },
        { name: 'sft', hasParquet: true },
      ],
      openFile: async () => undefined,
      rowsOf: async () => undefined,
    },
    feed,
    catalogue: { put: async () => {}, all: async () => someEntries },
    models: {
      list: () => [small, large].map(({ name, model }) => ({ name, model, isDefault: name === 'small' })),
      limitsOf: () => ({}),
      resolve: (name = 'small') => [small, large].find((model) => model.name === name),
    },
    servers: ['files', 'web'],
    checks: async () => ({ database: { ok: true }, queue: { ok: true } }),
    token,
    allowedHosts: [],
    newId: randomUUID,
    sha256,
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
  };
};

const createAsk =
  (url: string, routes: readonly Route[]) =>
  async (method: string, path: string, { body, headers = {} }: Sent): Promise<Reply> => {
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: { ...bearer, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const reply = { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
    checkDeclared(routes, method, path, reply);
    return reply;
  };

const checkDeclared = (routes: readonly Route[], method: string, path: string, { status, headers, json }: Reply): void => {
  const route = routes.find(
    (candidate) => candidate.method === method.toLowerCase() && matches(candidate, path.split('?')[0] ?? ''),
  );
  if (status >= 400) {
    if (headers.get('content-type') !== 'application/problem+json; charset=utf-8')
      throw new Error(`No problem: ${headers.get('content-type')}`);
    problemAnswer.parse(json);
    if (route !== undefined && !problemsOf(route).some((code) => problemType(code) === json.type))
      throw new Error(`${method} ${path} does not declare ${json.type}.`);
    return;
  }
  const declared = route?.answers[String(status)];
  if (declared === undefined) throw new Error(`${method} ${path} does not declare ${status}.`);
  declared.schema?.parse(json);
};

const matches = (route: Route, path: string): boolean => new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path);
