// Who listens in this process, and who said lately that it listens in another.

import type { LiveMessage } from '@turnlog/core';
import { EVERY_CONVERSATION } from './live-payload.ts';

type Listener = (message: LiveMessage) => void;

/** Three announcements: one may get lost. */
const INTEREST_MS = 15_000;

export const createLocalListeners = () => {
  const byConversation = new Map<string, Set<Listener>>();
  return {
    add: (conversationId: string, listener: Listener): (() => void) => {
      const listeners = byConversation.get(conversationId) ?? new Set();
      byConversation.set(conversationId, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && byConversation.get(conversationId) === listeners) byConversation.delete(conversationId);
      };
    },
    tell: (message: LiveMessage): void => {
      for (const listener of [...(byConversation.get(message.conversationId) ?? [])]) listener(message);
      if (message.type !== 'version') return;
      for (const listener of [...(byConversation.get(EVERY_CONVERSATION) ?? [])]) listener(message);
    },
    interests: (): readonly string[] => [...byConversation.keys()],
  };
};

export const createRemoteInterest = (now: () => number = () => performance.now()) => {
  const until = new Map<string, number>();
  const isWanted = (key: string): boolean => (until.get(key) ?? 0) > now();
  return {
    remember: (interests: readonly string[]): void => {
      for (const [key, end] of until) if (end <= now()) until.delete(key);
      for (const key of interests) until.set(key, now() + INTEREST_MS);
    },
    wants: ({ type, conversationId }: LiveMessage): boolean =>
      isWanted(conversationId) || (type === 'version' && isWanted(EVERY_CONVERSATION)),
  };
};
