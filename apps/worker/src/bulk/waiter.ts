// Waits until one of these conversations has moved, or for so long. Hints that come meanwhile, or close together, are one.

import type { LiveFeed } from '@turnlog/core';

export interface Waiter {
  next(ms: number, ids: ReadonlySet<string>): Promise<void>;
  end(): void;
}

/** A turn writes several events at once; looking at each would be looking at the same. */
const gatherMs = 100;

export const createWaiter = (feed: Pick<LiveFeed, 'subscribeToVersions'>, signal: AbortSignal): Waiter => {
  let watched: ReadonlySet<string> = new Set();
  let hasMoved = false;
  let wake: () => void = () => {};
  let hurry: () => void = () => {};
  const unsubscribe = feed.subscribeToVersions((id) => {
    if (hasMoved || !watched.has(id)) return;
    hasMoved = true;
    hurry();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  return {
    next: (ms, ids) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        watched = ids;
        let timer = setTimeout(() => wake(), hasMoved ? gatherMs : ms);
        hurry = () => {
          clearTimeout(timer);
          timer = setTimeout(() => wake(), gatherMs);
        };
        wake = () => {
          clearTimeout(timer);
          hasMoved = false;
          resolve();
        };
      }),
    end: () => {
      unsubscribe();
      signal.removeEventListener('abort', onAbort);
    },
  };
};
