// The API over real HTTP, and what every conversation of every test must satisfy.

import type { ConversationEvent, ConversationView, Recorded, Trace } from '@turnlog/core';
import { historyFault } from '@turnlog/core';

export interface ApiClient {
  post<T>(path: string, body: unknown, headers?: Record<string, string>): Promise<T>;
  get<T>(path: string): Promise<T>;
  raw(path: string, init?: RequestInit): Promise<Response>;
  create(body: Record<string, unknown>): Promise<ConversationView>;
  view(id: string): Promise<ConversationView>;
  events(id: string): Promise<readonly Recorded<ConversationEvent>[]>;
  trace(id: string): Promise<Trace>;
  /** Asks until the view satisfies the condition; fails loudly at the deadline. */
  until(id: string, is: (view: ConversationView) => boolean, deadlineMs?: number): Promise<ConversationView>;
  untilEvent(
    id: string,
    is: (event: Recorded<ConversationEvent>) => boolean,
    deadlineMs?: number,
  ): Promise<Recorded<ConversationEvent>>;
  /** Follows the live stream until a model has said something. */
  untilDelta(id: string): Promise<void>;
}

export const createApiClient = ({ url, token }: { readonly url: string; readonly token: string }): ApiClient => {
  const raw = (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, url), {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    });
  const json = async <T>(response: Response): Promise<T> => {
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${response.url}: ${text}`);
    return JSON.parse(text) as T;
  };
  const get = async <T>(path: string) => json<T>(await raw(path));
  const post = async <T>(path: string, body: unknown, headers = {}) =>
    json<T>(
      await raw(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    );
  const view = (id: string) => get<ConversationView>(`/conversations/${id}`);
  const events = async (id: string) => {
    const all: Recorded<ConversationEvent>[] = [];
    for (;;) {
      const page = await get<{ events: Recorded<ConversationEvent>[]; nextAfter: number | null }>(
        `/conversations/${id}/events?after=${all.length}`,
      );
      all.push(...page.events);
      if (page.events.length === 0) return all;
    }
  };
  return {
    raw,
    get,
    post,
    view,
    events,
    untilDelta: async (id) => {
      const leaving = new AbortController();
      const headers = { accept: 'text/event-stream' };
      const response = await raw(`/conversations/${id}/events`, { headers, signal: leaving.signal });
      let text = '';
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += piece;
        if (/^event: ?delta/m.test(text)) break;
      }
      leaving.abort();
    },
    create: (body) => post('/conversations', body),
    trace: (id) => get(`/conversations/${id}/trace?format=trace`),
    until: (id, is, deadlineMs) => poll(() => view(id), is, deadlineMs, `conversation ${id}`),
    untilEvent: async (id, is, deadlineMs) => {
      const found = await poll(
        async () => (await events(id)).find(is),
        (event) => event !== undefined,
        deadlineMs,
        `an event of ${id}`,
      );
      if (found === undefined) throw new Error('unreachable');
      return found;
    },
  };
};

/** Asks again until the answer fits. The pause is between questions; nothing is assumed to have happened in it. */
export const poll = async <T>(
  ask: () => Promise<T>,
  is: (answer: T) => boolean,
  deadlineMs = 30_000,
  what = 'the answer',
  /** An error that asking again will not mend. */
  isFatal: (error: Error) => boolean = () => false,
): Promise<T> => {
  const until = performance.now() + deadlineMs;
  let last: unknown;
  while (performance.now() < until) {
    try {
      const answer = await ask();
      if (is(answer)) return answer;
      last = answer;
    } catch (error) {
      if (error instanceof Error && isFatal(error)) throw error;
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `${what} did not come within ${deadlineMs} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)?.slice(0, 2_000)}`,
  );
};

export const isIdle = (view: ConversationView): boolean => view.phase === 'idle';

/** Versions 1..n without gaps, no outcome twice, and a valid history or an explicit wait at every version. */
export const checkConversation = async (api: ApiClient, id: string): Promise<void> => {
  const events = await api.events(id);
  events.forEach((event, index) => {
    if (event.version !== index + 1) throw new Error(`${id}: version ${event.version} stands at place ${index + 1}`);
  });
  const outcomes = events
    .filter(({ type }) => type === 'ModelResponded' || type === 'ToolReturned')
    .map(({ data }) => (data as { step: number }).step);
  if (new Set(outcomes).size !== outcomes.length) throw new Error(`${id}: a step has two outcomes: ${outcomes.join(', ')}`);
  for (const { version } of events) await checkPrefix(api, id, version);
};

const checkPrefix = async (api: ApiClient, id: string, version: number): Promise<void> => {
  const state = await api.get<{ version: number; phase: string; messages: Parameters<typeof historyFault>[0] }>(
    `/conversations/${id}/state?at=${version}`,
  );
  const fault = historyFault(state.messages);
  if (state.version !== version || fault !== undefined)
    throw new Error(`${id} at ${version} (${state.phase}): ${fault ?? 'another version'}`);
};
