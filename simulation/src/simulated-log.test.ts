import { createInMemoryEventStore, type LogCursor } from '@turnlog/core';
import { anAppend, erasureContract, eventStoreContract } from '@turnlog/core/testing';
import { describe, expect, it } from 'vitest';
import { createCoverage } from './coverage.ts';
import type { Mutation } from './mutations.ts';
import { createRandom } from './random.ts';
import { createScheduler } from './scheduler.ts';
import { createSimulatedLog } from './simulated-log.ts';

interface Late {
  /** Whether it waits before it draws its positions, too. */
  readonly drawsLate: boolean;
  readonly waits: readonly number[];
}

/** `late`: what delays an append, by the order in which they come; undefined for one that commits at once. */
const createLog = (late: readonly (Late | undefined)[] = [], mutation?: Mutation) => {
  const scheduler = createScheduler(0);
  const coming = [...late];
  const delayed: Late[] = [];
  const strikes = (fault: string) => {
    const next = fault === 'transaction commits late' ? coming.shift() : undefined;
    if (next !== undefined) delayed.push(next);
    return next !== undefined;
  };
  const waits = () => late.flatMap((one) => one?.waits ?? []);
  let waited = 0;
  const random = {
    ...createRandom('log'),
    chance: () => delayed.at(-1)?.drawsLate ?? false,
    between: () => waits()[waited++] ?? 0,
  };
  const coverage = createCoverage();
  const log = createSimulatedLog({ scheduler, coverage, faults: { strikes }, random, mutation });
  return { log, coverage, run: (until = 10_000) => scheduler.run(until) };
};

let ids = 0;
const newId = (): string => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;

const first: Late = { drawsLate: true, waits: [100, 1_000, 100] };
const second: Late = { drawsLate: false, waits: [] };

describe('the simulated log', () => {
  it.each(eventStoreContract)('$name', ({ run }) => run(createLog().log, newId));
  it.each(erasureContract)('$name', ({ run }) => run(createLog().log, newId));

  it('shows what committed late to a reader who had read on, and holds back what is behind it until then', async () => {
    const { log, run, coverage } = createLog([{ drawsLate: false, waits: [1_000] }]);
    const [slow, fast] = [newId(), newId()];
    const appended = log.append(anAppend(slow, 0, ['slow']));
    await log.append(anAppend(fast, 0, ['fast']));
    expect(await log.readAll(undefined, 10)).toEqual([]);
    expect(await log.read(slow)).toEqual([]);
    await run();
    expect(await appended).toEqual({ type: 'appended', version: 1 });
    const entries = await log.readAll(undefined, 10);
    expect(entries.map(({ conversationId }) => conversationId)).toEqual([slow, fast]);
    expect(log.committed.map(({ conversationId }) => conversationId)).toEqual([fast, slow]);
    expect(coverage.of('commit out of order')).toBe(1);
  });

  it.each<{ readonly mutation?: Mutation; readonly late: readonly Late[]; readonly seen: readonly string[] }>([
    { late: [{ drawsLate: false, waits: [1_000] }], seen: ['first', 'second'] },
    { late: [{ drawsLate: false, waits: [1_000] }], seen: ['second'], mutation: 'position-cursor' },
    // The first has the older transaction and the newer position: 100 ms and 100 ms; the second is open for 1,000 ms.
    { late: [first, second], seen: ['first', 'second'] },
    { late: [first, second], seen: ['first'], mutation: 'position-below-xmin' },
  ])('gives $seen to a reader who looks now and again later (mutation: $mutation)', async ({ mutation, late, seen }) => {
    const { log, run } = createLog(late, mutation);
    for (const name of ['first', 'second']) void log.append(anAppend(newId(), 0, [name]));
    const comments: unknown[] = [];
    let cursor: LogCursor | undefined;
    for (const until of [500, 10_000]) {
      await run(until);
      const entries = await log.readAll(cursor, 10);
      comments.push(...entries.map(({ event }) => event.type === 'FeedbackGiven' && event.data.comment));
      cursor = entries.at(-1)?.cursor ?? cursor;
    }
    expect(comments).toEqual(seen);
  });

  it('lets the next append of a conversation wait for the transaction that holds it', async () => {
    const { log, run } = createLog([{ drawsLate: false, waits: [1_000] }]);
    const id = newId();
    const both = Promise.all([log.append(anAppend(id, 0, ['first'])), log.append(anAppend(id, 0, ['second']))]);
    await run();
    expect(await both).toEqual([
      { type: 'appended', version: 1 },
      { type: 'conflict', actual: 1 },
    ]);
  });

  it('reads conversations as the in-memory log does, which it is made of', async () => {
    const [{ log }, memory] = [createLog(), createInMemoryEventStore()];
    const id = newId();
    for (const store of [log, memory]) await store.append(anAppend(id, 0, ['one', 'two']));
    expect(await log.read(id, { after: 1 })).toEqual(await memory.read(id, { after: 1 }));
    expect(log.heads()).toEqual(memory.heads());
  });
});
