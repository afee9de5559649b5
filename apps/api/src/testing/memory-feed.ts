import type { LiveFeed, LiveMessage } from '@turnlog/core';

export type MemoryFeed = LiveFeed & { readonly listeners: () => number };

/** A live feed within this process; it can also be told to lose every hint, as the real ones may. */
export const createMemoryFeed = ({ losesHints = false } = {}): MemoryFeed => {
  const listeners = new Map<string, Set<(message: LiveMessage) => void>>();
  return {
    publish: (message) => {
      if (losesHints && message.type === 'version') return;
      for (const listener of listeners.get(message.conversationId) ?? []) listener(message);
    },
    subscribe: (conversationId, listener) => {
      const those = listeners.get(conversationId) ?? new Set();
      listeners.set(conversationId, those.add(listener));
      return () => void those.delete(listener);
    },
    subscribeToVersions: () => () => {},
    close: async () => {},
    listeners: () => [...listeners.values()].reduce((sum, those) => sum + those.size, 0),
  };
};
