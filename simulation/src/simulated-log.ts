// The log as Postgres keeps it: an append is a transaction that draws its number and its positions early and commits later, so
// commits come out of order. A reader of the whole log stands at (transaction, position) and reads below the oldest transaction
// that is still open, as `packages/db/src/read-all.ts` does. Conversations themselves are those of the in-memory log.

import {
  type Append,
  type AppendResult,
  createInMemoryEventStore,
  type InMemoryEventStore,
  type LogCursor,
  type LogEntry,
} from '@turnlog/core';
import type { Coverage } from './coverage.ts';
import type { Faults } from './faults.ts';
import type { Mutation } from './mutations.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export interface SimulatedLog extends InMemoryEventStore {
  /** What was committed, in the order of the commits, as it was then: erasing changes nothing here. */
  readonly committed: readonly LogEntry[];
  /** Conversations that got their inherited events as their own, each once. */
  readonly detached: ReadonlySet<string>;
}

export interface LogSurroundings {
  readonly scheduler: Pick<Scheduler, 'sleep'>;
  readonly coverage: Pick<Coverage, 'count'>;
  readonly faults: Pick<Faults, 'strikes'>;
  readonly random: Random;
  readonly mutation: Mutation | undefined;
}

interface Place {
  readonly conversationId: string;
  readonly version: number;
  readonly transaction: number;
  readonly position: number;
}

export const createSimulatedLog = ({ scheduler, coverage, faults, random, mutation }: LogSurroundings): SimulatedLog => {
  const memory = createInMemoryEventStore();
  const committed: LogEntry[] = [];
  const detached = new Set<string>();
  /** Committed, in the order of (transaction, position). */
  const places: Place[] = [];
  const open = new Set<number>();
  const locks = new Map<string, Promise<unknown>>();
  let transactions = 0;
  let positions = 0;

  const put = (place: Place) => {
    if (places.some(({ transaction, position }) => transaction < place.transaction && position > place.position))
      coverage.count('newer transaction holds an older position');
    if (places.some(({ position }) => position > place.position)) coverage.count('commit out of order');
    const after = places.findIndex((other) => isBefore(place, other));
    places.splice(after < 0 ? places.length : after, 0, place);
  };

  const commit = async (append: Append, transaction: number, first: number): Promise<AppendResult> => {
    const result = await memory.append(append);
    if (result.type === 'conflict') coverage.count('append conflicts');
    if (result.type === 'duplicate') coverage.count('append repeats a command');
    if (result.type !== 'appended') return result;
    const { conversationId, expectedVersion } = append;
    for (const event of await memory.read(conversationId, { after: expectedVersion })) {
      const place = {
        conversationId,
        version: event.version,
        transaction,
        position: first + event.version - expectedVersion - 1,
      };
      put(place);
      committed.push({ conversationId, event, cursor: cursorOf(place) });
    }
    return result;
  };

  /** The head row is locked from before the positions are drawn until the end of the transaction. */
  const locked = <T>(conversationId: string, work: () => Promise<T>): Promise<T> => {
    const before = locks.get(conversationId) ?? Promise.resolve();
    const done = before.then(work, work);
    locks.set(conversationId, done);
    return done;
  };

  const append = (one: Append): Promise<AppendResult> => {
    const transaction = ++transactions;
    open.add(transaction);
    return locked(one.conversationId, async () => {
      const isLate = faults.strikes('transaction commits late');
      if (isLate && random.chance(0.5)) await scheduler.sleep(random.between(20, 2_000));
      const first = positions + 1;
      positions += one.events.length;
      if (isLate) await scheduler.sleep(random.between(20, 2_000));
      if (faults.strikes('transaction rolled back')) throw new Error('The transaction was rolled back.');
      return commit(one, transaction, first);
    }).finally(() => open.delete(transaction));
  };

  const nextPlaces = (cursor: LogCursor | undefined, limit: number): readonly Place[] => {
    const from = { transaction: Number(cursor?.transactionId ?? 0), position: Number(cursor?.position ?? 0) };
    const oldest = Math.min(transactions + 1, ...open);
    const isVisible = ({ transaction }: Place) => transaction < oldest;
    if (mutation === 'position-cursor') return byPosition(places, from.position).slice(0, limit);
    if (mutation === 'position-below-xmin') return byPosition(places.filter(isVisible), from.position).slice(0, limit);
    const next = places.filter((place) => isBefore(from, place));
    const visible = next.filter(isVisible);
    if (visible.length < next.length) coverage.count('reader waits for an open transaction');
    return visible.slice(0, limit);
  };

  return {
    ...memory,
    committed,
    detached,
    append,
    readAll: async (cursor, limit) => {
      const entries: LogEntry[] = [];
      for (const place of nextPlaces(cursor, limit)) {
        const { conversationId, version } = place;
        const [event] = await memory.read(conversationId, { after: version - 1, upTo: version });
        if (event !== undefined) entries.push({ conversationId, event, cursor: cursorOf(place) });
      }
      return entries;
    },
    erase: async (conversationId) => {
      const erased = await memory.erase(conversationId);
      const transaction = ++transactions;
      for (const id of [...erased.detached, conversationId]) {
        const own = Math.min(...places.filter((place) => place.conversationId === id).map(({ version }) => version));
        if (own > 1) detached.add(id);
        for (let version = 1; version < own; version++) put({ conversationId: id, version, transaction, position: ++positions });
      }
      return erased;
    },
  };
};

type Order = Pick<Place, 'transaction' | 'position'>;

const isBefore = (a: Order, b: Order): boolean =>
  a.transaction < b.transaction || (a.transaction === b.transaction && a.position < b.position);

const cursorOf = ({ transaction, position }: Order): LogCursor => ({
  transactionId: String(transaction),
  position: String(position),
});

/** What a reader at `position > x` is given. */
const byPosition = (places: readonly Place[], after: number): readonly Place[] =>
  places.filter(({ position }) => position > after).sort((a, b) => a.position - b.position);
