// The API as a client sees it. The demo and the chat speak to an engine in their own process exactly as to a remote one.

import type { ConversationEvent, ConversationView, Delta, Recorded, Trace } from '@turnlog/core';
import { EventSourceParserStream } from 'eventsource-parser/stream';

/** What the API refused, in its own words (RFC 9457). */
export class ApiRefused extends Error {
  override readonly name = 'ApiRefused';
  readonly status: number;
  constructor(status: number, title: string, detail: string) {
    super(`${title}${detail ? `: ${detail}` : ''}`);
    this.status = status;
  }
}

export type Followed =
  | { readonly type: 'event'; readonly event: Recorded<ConversationEvent> }
  | { readonly type: 'delta'; readonly delta: Delta };

export interface TurnlogClient {
  createConversation(body: Record<string, unknown>): Promise<ConversationView>;
  view(id: string): Promise<ConversationView>;
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
    });
    if (!response.ok) throw await refusal(response);
    return (await response.json()) as T;
  };
  const post = <T>(path: string, body: unknown) =>
    request<T>(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  return {
    createConversation: (body) => post('/conversations', body),
    view: (id) => request(`/conversations/${id}`),
    trace: (id) => request(`/conversations/${id}/trace?format=trace`),
    follow: (id, after, signal) => follow((from) => openStream(url, headers, id, from, signal), after, signal),
  };
};

const refusal = async (response: Response): Promise<ApiRefused> => {
  const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string };
  return new ApiRefused(response.status, problem.title ?? `HTTP ${response.status}`, problem.detail ?? '');
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
  }
}
