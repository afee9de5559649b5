// A log as many people would have left it: conversations of one to three turns, 50 events on average, each with words of its own.

import { createHash } from 'node:crypto';
import type { Append } from '@turnlog/core';
import { type ConversationShape, generateConversation } from './generate-conversation.ts';

/** 34, 48, 53 and 66 events. */
const shapes: readonly Pick<ConversationShape, 'turns' | 'rounds' | 'calls'>[] = [
  { turns: 1, rounds: 3, calls: 2 },
  { turns: 2, rounds: 2, calls: 2 },
  { turns: 3, rounds: 2, calls: 1 },
  { turns: 2, rounds: 3, calls: 2 },
];
export const eventsOfConversation = 50;

const begins = Date.parse('2026-01-01T00:00:00.000Z');

export function* manyConversations(count: number, onProgress?: (done: number) => void): Generator<Iterable<Append>> {
  for (let number = 0; number < count; number++) {
    const shape = shapes[number % shapes.length];
    if (shape === undefined) throw new Error('unreachable');
    yield generateConversation({ ...shape, id: idOf(number), begins: new Date(begins + number * 60_000).toISOString() });
    onProgress?.(number + 1);
  }
}

/** A UUID that is the same each time. */
const idOf = (number: number): string =>
  createHash('sha256')
    .update(`conversation ${number}`)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
