// Hints and deltas between processes over LISTEN/NOTIFY, on a connection of its own and never inside an append: a commit with a
// NOTIFY takes a lock that all such commits share. So messages wait a moment and travel together, and only where somebody listens.

import { randomUUID } from 'node:crypto';
import type { LiveFeed, LiveMessage } from '@turnlog/core';
import { createDeltaBuffer } from './coalesce-deltas.ts';
import { createLocalListeners, createRemoteInterest } from './listeners.ts';
import { openFeedConnection } from './live-feed-connection.ts';
import { EVERY_CONVERSATION, pack, unpack } from './live-payload.ts';

const HINT_MS = 25;
const DELTA_MS = 50;
const ANNOUNCE_MS = 5_000;

export const createPostgresLiveFeed = (url: string): LiveFeed => {
  const from = randomUUID();
  const local = createLocalListeners();
  const remote = createRemoteInterest();
  const deltas = createDeltaBuffer();
  const versions = new Map<string, number>();

  const send = (...packed: Parameters<typeof pack>): void => pack(...packed).forEach(connection.send);
  const announce = (interests = local.interests()): void => send(from, 'listening', interests);
  const hints = flushAfter(HINT_MS, () => {
    send(from, 'versions', [...versions]);
    versions.clear();
  });
  const tokens = flushAfter(DELTA_MS, () => send(from, 'deltas', deltas.takeAll()));

  const receive = (text: string): void => {
    const payload = unpack(text);
    if (payload === undefined || payload.from === from) return;
    if (payload.kind === 'who') announce();
    if (payload.kind === 'listening') remote.remember(payload.items);
    if (payload.kind === 'versions') {
      for (const [conversationId, version] of payload.items) local.tell({ type: 'version', conversationId, version });
    }
    if (payload.kind === 'deltas') {
      for (const [conversationId, delta] of payload.items) local.tell({ type: 'delta', conversationId, delta });
    }
  };
  const connection = openFeedConnection({
    url,
    onPayload: receive,
    onConnected: () => {
      connection.send(JSON.stringify({ from, kind: 'who' }));
      announce();
    },
  });
  const announcing = setInterval(announce, ANNOUNCE_MS);
  announcing.unref();

  const subscribe = (key: string, listener: (message: LiveMessage) => void): (() => void) => {
    const stop = local.add(key, listener);
    announce([key]);
    return stop;
  };

  return {
    publish: (message) => {
      local.tell(message);
      if (!remote.wants(message)) return;
      if (message.type === 'delta') {
        deltas.add(message.conversationId, message.delta);
        tokens.soon();
      } else {
        versions.set(message.conversationId, Math.max(message.version, versions.get(message.conversationId) ?? 0));
        hints.soon();
      }
    },
    subscribe,
    subscribeToVersions: (listener) =>
      subscribe(EVERY_CONVERSATION, (message) => message.type === 'version' && listener(message.conversationId, message.version)),
    close: async () => {
      clearInterval(announcing);
      hints.now();
      tokens.now();
      await connection.close();
    },
  };
};

/** Collects for a moment from the first message on. */
const flushAfter = (ms: number, flush: () => void) => {
  let timer: NodeJS.Timeout | undefined;
  const now = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    flush();
  };
  return {
    now,
    soon: (): void => {
      timer ??= setTimeout(now, ms);
    },
  };
};
