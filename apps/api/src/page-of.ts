// Pages of a short list that is in memory anyway, in the shape of every other list.

import { InvalidCursor } from '@turnlog/core';
import { defaultLimit } from './schemas/parameters.ts';

export const pageOf = <T>(
  items: readonly T[],
  { cursor, limit = defaultLimit }: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
): { readonly items: readonly T[]; readonly nextCursor: string | null } => {
  const from = cursor === undefined ? 0 : offsetIn(cursor);
  const to = from + limit;
  return { items: items.slice(from, to), nextCursor: to < items.length ? cursorAt(to) : null };
};

const cursorAt = (offset: number): string => Buffer.from(`offset ${offset}`).toString('base64url');

const offsetIn = (cursor: string): number => {
  const offset = /^offset (\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1];
  if (offset === undefined) throw new InvalidCursor('This cursor is malformed.');
  return Number(offset);
};
