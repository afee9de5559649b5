import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConversationSummary, OpenWork, Recorded } from '@turnlog/core';
import { Client, type Pool } from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPool } from './open-pool.ts';
import { rebuildReadModels } from './rebuild.ts';
import { dropTemplate } from './testing/index.ts';
import { openTestStore, type TestStore } from './testing/open-test-store.ts';
import { anAppend } from './testing/store-contract.ts';

let test: TestStore;
let direct: Client;
let pool: Pool;
beforeEach(async () => {
  test = await openTestStore();
  direct = new Client({ connectionString: test.url });
  await direct.connect();
  pool = openPool({ url: test.url, purpose: 'test', max: 2 });
});
afterEach(async () => {
  await pool.end();
  await direct.end();
  await test.dispose();
});
afterAll(dropTemplate);

const past = '2026-03-01T12:00:00.000Z';
const work = (step: number, change: Partial<OpenWork> = {}): OpenWork => ({ step, attempt: 1, dueAt: past, ...change });
const started = (step: number, worker: string): OpenWork => work(step, { claim: `claim-${step}`, worker });
const append = (id: string, version: number, put: OpenWork[], drop: number[] = []) =>
  test.store.append(anAppend(id, version, ['x'], { work: { put, drop } }));

const create = async (change: Partial<ConversationSummary>): Promise<string> => {
  const id = randomUUID();
  const plain = anAppend(id, 0, ['x']);
  await test.store.append({ ...plain, summary: { ...plain.summary, ...change } });
  return id;
};

describe('open work and leases', () => {
  it('gives what is due and unclaimed, oldest first', async () => {
    const id = randomUUID();
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await append(id, 0, [work(1, { dueAt: '2026-03-01T12:00:01.000Z' }), work(2), work(3, { dueAt: later }), started(4, 'w')]);
    expect(await test.ledger.due(10)).toEqual([2, 1].map((step) => ({ conversationId: id, step, attempt: 1 })));
    expect(await test.ledger.due(1)).toHaveLength(1);
  });

  it('calls an attempt orphaned once its lease has ended in database time', async () => {
    const id = randomUUID();
    expect(await test.ledger.renewLease('alive', 60_000)).toEqual([]);
    await test.ledger.renewLease('dying', 80);
    await append(id, 0, [started(1, 'alive'), started(2, 'dying'), started(3, 'never seen')]);
    const orphan = (step: number) => ({ conversationId: id, step, attempt: 1, claim: `claim-${step}` });
    expect((await test.ledger.orphaned(10)).map(({ step }) => step)).toContain(3);
    await delay(100);
    expect([...(await test.ledger.orphaned(10))].sort((a, b) => a.step - b.step)).toEqual([orphan(2), orphan(3)]);
    expect(await test.ledger.renewLease('dying', 60_000)).toEqual(['claim-2']);
    expect(await test.ledger.orphaned(10)).toEqual([orphan(3)]);
    await test.ledger.endLease('alive');
    expect((await test.ledger.orphaned(10)).map(({ step }) => step).sort()).toEqual([1, 3]);
  });
});

describe('the list of conversations', () => {
  it('goes through all of them once, newest first', async () => {
    const times = ['03', '01', '02', '02', '02'].map((day) => `2026-03-${day}T00:00:00.000Z`);
    const ids: string[] = [];
    for (const createdAt of times) ids.push(await create({ createdAt }));
    const seen: { id: string; createdAt: string }[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await test.list.list({}, { limit: 2, ...(cursor && { cursor }) });
      seen.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(seen.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(seen.map(({ createdAt }) => createdAt.slice(8, 10))).toEqual(['03', '02', '02', '02', '01']);
  });

  it('filters by all that a head row holds', async () => {
    const plain = await create({ title: 'Sum 100% of a_b', createdAt: '2026-03-02T00:00:00.000Z' });
    const rated = await create({
      title: 'other',
      rating: -1,
      tags: ['x', 'odd\0'],
      model: 'big',
      phase: 'running',
      createdAt: past,
    });
    const idsOf = async (filter: Parameters<typeof test.list.list>[0]) =>
      (await test.list.list(filter, { limit: 10 })).items.map(({ id }) => id);
    expect(await idsOf({ q: 'SUM 100%' })).toEqual([plain]);
    expect(await idsOf({ q: 'a%b' })).toEqual([]);
    expect(await idsOf({ q: 'a_B' })).toEqual([plain]);
    expect(await idsOf({ tag: 'odd\0' })).toEqual([rated]);
    expect(await idsOf({ rating: -1, model: 'big', phase: 'running' })).toEqual([rated]);
    expect(await idsOf({ rating: 0 })).toEqual([]);
    expect(await idsOf({ since: '2026-03-02T00:00:00.000Z' })).toEqual([plain]);
    expect(await idsOf({ until: '2026-03-02T00:00:00.000Z' })).toEqual([rated]);
    expect(await idsOf({ ids: [rated, 'nonsense'] })).toEqual([rated]);
    expect(await idsOf({ ids: [] })).toEqual([]);
    const fork = await create({ forkedFrom: { conversationId: rated, version: 1 } });
    expect(await idsOf({ forkedFrom: [rated, 'nonsense'] })).toEqual([fork]);
    expect(await idsOf({ forkedFrom: [fork] })).toEqual([]);
    const { items } = await test.list.list({ ids: [rated] }, { limit: 1 });
    expect(items[0]).toMatchObject({ tags: ['x', 'odd\0'], rating: -1, turns: 0 });
  });

  it('refuses a cursor that no list has given', async () => {
    for (const cursor of ['', 'nonsense', Buffer.from('2026-13-99T00:00:00.000Z x').toString('base64url')]) {
      await expect(test.list.list({}, { limit: 1, cursor })).rejects.toMatchObject({ name: 'InvalidCursor' });
    }
  });
});

describe('read models rebuilt from the log', () => {
  const dump = async () => {
    const heads = await direct.query('SELECT *, summary::text AS exact FROM conversations ORDER BY id');
    const open = await direct.query('SELECT * FROM open_work ORDER BY conversation_id, step');
    return { heads: heads.rows, open: open.rows };
  };

  it('are the rows that the appends had left, whatever was lost or wrong', async () => {
    const fork = randomUUID();
    const models = new Map<string, { summary: ConversationSummary; work: OpenWork[] }>();
    const ids = [await create({ title: 'a\0', tags: ['t'] }), await create({ rating: 1 }), fork];
    await append(ids[0] ?? '', 1, [work(1), started(2, 'w')]);
    await append(ids[0] ?? '', 2, [work(3)], [1]);
    await test.store.append(anAppend(fork, 1, ['own'], { fork: { parent: ids[1] ?? '', at: 1 } }));
    const before = await dump();
    for (const { id, summary } of before.heads)
      models.set(id, { summary, work: id === ids[0] ? [started(2, 'w'), work(3)] : [] });
    const seen = new Map<string, readonly Recorded[]>();
    const rebuild = () =>
      rebuildReadModels(pool, (id, events) => {
        seen.set(id, events);
        return models.get(id) ?? { summary: anAppend(id, 0, ['x']).summary, work: [] };
      });

    const stamps = async () => (await direct.query('SELECT id, xmin::text FROM conversations ORDER BY id')).rows;
    const unchanged = await stamps();
    expect(await rebuild()).toBe(3);
    expect(await stamps()).toEqual(unchanged);
    await direct.query("UPDATE conversations SET title = 'wrong', version = 9");
    await direct.query('DELETE FROM conversations WHERE id = $1', [ids[1]]);
    await direct.query('UPDATE open_work SET step = step + 10, attempt = 7');
    await rebuild();
    expect(await dump()).toEqual(before);
    expect(seen.get(fork)?.map(({ version }) => version)).toEqual([1, 2]);
  });
});
