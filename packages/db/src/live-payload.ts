// What stands in a NOTIFY: JSON below 8,000 bytes, several messages in one, more than one payload where they do not fit.

import type { Delta } from '@turnlog/core';

/** Stands for the version hints of all conversations. */
export const EVERY_CONVERSATION = '*';

export type LivePayload = { readonly from: string } & (
  | { readonly kind: 'who' }
  | { readonly kind: 'listening'; readonly items: readonly string[] }
  | { readonly kind: 'versions'; readonly items: readonly (readonly [conversationId: string, version: number])[] }
  | { readonly kind: 'deltas'; readonly items: readonly (readonly [conversationId: string, delta: Delta])[] }
);

type Listed = Exclude<LivePayload, { kind: 'who' }>;

/** Postgres refuses 8,000. */
const MAX_PAYLOAD_BYTES = 7_900;

/** An item larger than a payload is left out: it is a hint. */
export const pack = (from: string, kind: Listed['kind'], items: readonly Listed['items'][number][]): string[] => {
  const room = MAX_PAYLOAD_BYTES - Buffer.byteLength(JSON.stringify({ from, kind, part: items.length, items: [] }));
  const payloads: string[][] = [];
  let left = 0;
  for (const item of items) {
    const text = JSON.stringify(item);
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > room) continue;
    if (bytes > left) {
      payloads.push([]);
      left = room;
    }
    payloads.at(-1)?.push(text);
    left -= bytes;
  }
  // Postgres delivers equal payloads of one transaction once, and pieces of a long text may be equal: their number keeps them apart.
  return payloads.map((texts, part) => `${JSON.stringify({ from, kind, part, items: [] }).slice(0, -2)}${texts.join(',')}]}`);
};

/** Another version of Turnlog may be talking: what is not understood is ignored. */
export const unpack = (payload: string): LivePayload | undefined => {
  try {
    const { kind, items, ...rest } = JSON.parse(payload);
    return kind === 'who' || Array.isArray(items) ? { ...rest, kind, items } : undefined;
  } catch {
    return undefined;
  }
};
