// A conversation's events as they come, then live. Hints only make it faster: the log itself is asked every second,
// and versions are sent in order, each once, from wherever the client stopped.

import { type Delta, type EventStore, type LiveFeed, type Recorded, StoreUnavailable } from '@turnlog/core';
import type { Connection } from './route.ts';

export interface StreamDependencies {
  readonly store: EventStore;
  readonly feed: LiveFeed;
  readonly pollMs: number;
}

interface Place {
  readonly conversationId: string;
  /** The version that the client has. */
  readonly after: number;
}

/** Small, because one event may hold a megabyte. */
const pageSize = 50;

export const streamEvents = async (
  { store, feed, pollMs }: StreamDependencies,
  { conversationId, after }: Place,
  connection: Connection,
): Promise<void> => {
  const wake = createWake(connection.closed);
  const settled = createSettledAttempts();
  let sent = after;
  const unsubscribe = feed.subscribe(conversationId, (message) => {
    if (message.type === 'delta') {
      if (!settled.has(message.delta)) connection.sendIfIdle(deltaFrame(message.delta));
    } else if (message.version > sent) wake.now();
  });
  try {
    while (!connection.closed.aborted) {
      const events = await readPage(store, conversationId, sent);
      for (const event of events) settled.note(event);
      if (events.length > 0) await connection.send(events.map(eventFrame).join(''));
      sent = events.at(-1)?.version ?? sent;
      if (events.length === 0) await wake.within(pollMs);
    }
  } finally {
    unsubscribe();
  }
};

/** A database that is out of reach for a while is no reason to drop every listener: the next look may find it again. */
const readPage = async (store: EventStore, conversationId: string, after: number): Promise<readonly Recorded[]> => {
  try {
    return await store.read(conversationId, { after, upTo: after + pageSize });
  } catch (error) {
    if (error instanceof StoreUnavailable) return [];
    throw error;
  }
};

/** Without an event name, so that an EventSource gives them to `onmessage`; JSON text has no line breaks of its own. */
const eventFrame = (event: Recorded): string => `id: ${event.version}\ndata: ${JSON.stringify(event)}\n\n`;

/** Without an id, so that resuming never depends on a delta. */
const deltaFrame = (delta: Delta): string => `event: delta\ndata: ${JSON.stringify(delta)}\n\n`;

interface Wake {
  now(): void;
  /** Resolves after so long, on `now`, or at the end of the connection; at once if `now` came before. */
  within(ms: number): Promise<void>;
}

const createWake = (closed: AbortSignal): Wake => {
  let isDue = false;
  let resolveWait: (() => void) | undefined;
  const now = () => {
    isDue = true;
    resolveWait?.();
  };
  closed.addEventListener('abort', now, { once: true });
  return {
    now,
    within: async (ms) => {
      if (!isDue)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          resolveWait = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      isDue = false;
      resolveWait = undefined;
    },
  };
};

/** Attempts whose numbered event was sent: a delta that comes after it would bring replaced text back. */
const createSettledAttempts = () => {
  let last = { step: 0, attempt: 0 };
  return {
    note: ({ type, data }: Recorded): void => {
      if (type === 'ModelResponded' || type === 'AttemptFailed') last = { step: data.step, attempt: data.attempt };
    },
    has: ({ step, attempt }: Delta): boolean => step < last.step || (step === last.step && attempt <= last.attempt),
  };
};
