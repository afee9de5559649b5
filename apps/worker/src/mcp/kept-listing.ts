// What a server listed, kept for as long as the server wants it kept: until it says that its tools changed, and where it says how
// long a listing holds, no longer than that. Whoever asks while a listing is under way shares it.

import type { Failure } from '@turnlog/core';

/** `ttlMs` is the server's own word for how long it holds; absent: until it says otherwise. */
export type ToolPages = { readonly tools: readonly unknown[]; readonly ttlMs?: number } | { readonly failure: Failure };

export interface KeptListing {
  list(): Promise<ToolPages>;
  /** As it was listed last, however long ago; listed now if it never was. */
  latest(): Promise<ToolPages>;
  /** The server says that it is another one now. */
  forget(): void;
}

export function keepListing(fetch: () => Promise<ToolPages>, elapsedMs: () => number = () => performance.now()): KeptListing {
  let kept: Promise<ToolPages> | undefined;
  let holdsUntil = 0;

  function refresh(): Promise<ToolPages> {
    const askedAt = elapsedMs();
    const fetched = fetch();
    kept = fetched;
    holdsUntil = Infinity;
    void fetched.then((pages) => {
      if (kept !== fetched) return;
      if ('failure' in pages) kept = undefined;
      else holdsUntil = askedAt + (pages.ttlMs ?? Infinity);
    });
    return fetched;
  }

  return {
    list: () => (kept !== undefined && elapsedMs() < holdsUntil ? kept : refresh()),
    latest: () => kept ?? refresh(),
    forget: () => {
      kept = undefined;
    },
  };
}
