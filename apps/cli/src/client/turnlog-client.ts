// The API as a client sees it. The demo and the chat speak to an engine in their own process exactly as to a remote one.

import { setTimeout as delay } from 'node:timers/promises';
import type {
  BatchItem,
  BatchView,
  CatalogueEntry,
  ConversationDiff,
  ConversationEvent,
  ConversationView,
  Delta,
  Recorded,
  Trace,
} from '@turnlog/core';
import { EventSourceParserStream } from 'eventsource-parser/stream';

/** What the API refused, in its own words (RFC 9457). */
export class ApiRefused extends Error {
  override readonly name = 'ApiRefused';
  readonly status: number;
  /** Stable: `urn:turnlog:problem:…`. */
  readonly type: string;
  constructor(status: number, title: string, detail: string, type = '') {
    super(`${title}${detail ? `: ${detail}` : ''}`);
    this.status = status;
    this.type = type;
  }
}

export type Followed =
  | { readonly type: 'event'; readonly event: Recorded<ConversationEvent> }
  | { readonly type: 'delta'; readonly delta: Delta };

/** A model of `GET /models`. */
export interface OfferedModel {
  readonly name: string;
  readonly model: string;
  readonly isDefault: boolean;
  readonly isUsable: boolean;
}

export interface TurnlogClient {
  createConversation(body: Record<string, unknown>): Promise<ConversationView>;
  startTurn(id: string, body: Record<string, unknown>): Promise<void>;
  cancel(id: string): Promise<void>;
  resume(id: string, body: Record<string, unknown>): Promise<void>;
  decide(id: string, callId: string, body: Record<string, unknown>): Promise<void>;
  /** Under the same key, once. */
  giveFeedback(id: string, body: Record<string, unknown>, key?: string): Promise<void>;
  fork(id: string, body: Record<string, unknown>): Promise<ConversationView>;
  models(): Promise<readonly OfferedModel[]>;
  tools(): Promise<readonly CatalogueEntry[]>;
  /** All events so far. */
  events(id: string): Promise<readonly Recorded<ConversationEvent>[]>;
  /** Performs a prefix again; gives the fork in which that happens. */
  replay(id: string, body: Record<string, unknown>): Promise<ConversationView>;
  /** Under the same key, the batch that is there already. */
  createBatch(body: Record<string, unknown>, key: string): Promise<{ readonly id: string }>;
  batch(id: string): Promise<BatchView>;
  /** Those that have ended, page by page. */
  batchConversations(
    id: string,
    after: string | undefined,
  ): Promise<{ readonly items: readonly BatchItem[]; readonly nextCursor: string | null }>;
  resumeBatch(id: string, body: Record<string, unknown>): Promise<BatchView>;
  view(id: string): Promise<ConversationView>;
  diff(id: string, other: string): Promise<ConversationDiff>;
  trace(id: string): Promise<Trace>;
  /** Events after a version and live deltas, until `signal` aborts. Reconnects where the connection breaks. */
  follow(id: string, after: number, signal: AbortSignal): AsyncGenerator<Followed>;
}

export const createTurnlogClient = (url: string, token: string | undefined): TurnlogClient => {
  const headers = { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const request = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const response = await fetch(new URL(path, url), {
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string>) },
    }).catch((error: unknown) => {
      throw new Error(`${url} does not answer: ${reasonOf(error)}`, { cause: error });
    });
    if (!response.ok) throw await refusal(response);
    return (await response.json()) as T;
  };
  const post = <T>(path: string, body: unknown, more: Record<string, string> = {}) =>
    request<T>(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...more } });
  return {
    createConversation: (body) => post('/conversations', body),
    startTurn: (id, body) => post(`/conversations/${id}/turns`, body),
    cancel: (id) => post(`/conversations/${id}/cancel`, {}),
    resume: (id, body) => post(`/conversations/${id}/resume`, body),
    decide: (id, callId, body) => post(`/conversations/${id}/tool-calls/${callId}/decision`, body),
    giveFeedback: (id, body, key) =>
      post(`/conversations/${id}/feedback`, body, key === undefined ? {} : { 'idempotency-key': key }),
    fork: (id, body) => post(`/conversations/${id}/fork`, body),
    models: async () => (await request<{ items: readonly OfferedModel[] }>('/models?limit=200')).items,
    tools: async () => (await request<{ items: readonly CatalogueEntry[] }>('/tools?limit=200')).items,
    events: (id) => allEvents((after) => request(`/conversations/${id}/events?after=${after}`)),
    replay: (id, body) => post(`/conversations/${id}/replay`, body),
    diff: (id, other) => request(`/conversations/${id}/diff?with=${other}`),
    createBatch: (body, key) => post('/batches', body, { 'idempotency-key': key }),
    batch: (id) => request(`/batches/${id}`),
    batchConversations: (id, after) =>
      request(`/batches/${id}/conversations?limit=200${after === undefined ? '' : `&cursor=${after}`}`),
    resumeBatch: (id, body) => post(`/batches/${id}/resume`, body),
    view: (id) => request(`/conversations/${id}`),
    trace: (id) => request(`/conversations/${id}/trace?format=trace`),
    follow: (id, after, signal) => follow((from) => openStream(url, headers, id, from, signal), after, signal),
  };
};

const refusal = async (response: Response): Promise<ApiRefused> => {
  const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string; type?: string };
  return new ApiRefused(response.status, problem.title ?? `HTTP ${response.status}`, problem.detail ?? '', problem.type);
};

const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
};

const allEvents = async (
  page: (after: number) => Promise<{ readonly events: readonly Recorded<ConversationEvent>[]; readonly nextAfter: number }>,
): Promise<readonly Recorded<ConversationEvent>[]> => {
  const all: Recorded<ConversationEvent>[] = [];
  for (let after = 0; ; ) {
    const { events, nextAfter } = await page(after);
    if (events.length === 0) return all;
    all.push(...events);
    after = nextAfter;
  }
};

const openStream = async (
  url: string,
  headers: Record<string, string>,
  id: string,
  after: number,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> => {
  const address = new URL(`/conversations/${id}/events?after=${after}`, url);
  const response = await fetch(address, { headers: { ...headers, accept: 'text/event-stream' }, signal });
  if (!response.ok || response.body === null) throw await refusal(response);
  return response.body;
};

/** A server that is gone for a while is asked again at this pace. */
const reconnectMs = 500;

async function* follow(
  open: (after: number) => Promise<ReadableStream<Uint8Array>>,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<Followed> {
  let version = after;
  while (!signal.aborted) {
    try {
      const frames = (await open(version)).pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const frame of frames) {
        if (frame.event === 'delta') yield { type: 'delta', delta: JSON.parse(frame.data) as Delta };
        if (frame.id === undefined) continue;
        version = Number(frame.id);
        yield { type: 'event', event: JSON.parse(frame.data) as Recorded<ConversationEvent> };
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiRefused) throw error;
    }
    await delay(reconnectMs, undefined, { signal }).catch(() => {});
  }
}
