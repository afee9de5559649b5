import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPool } from './open-pool.ts';
import { erasureContract } from './testing/erasure-contract.ts';
import { dropTemplate } from './testing/index.ts';
import { openTestStore, type TestStore } from './testing/open-test-store.ts';
import { anAppend, commentsOf } from './testing/store-contract.ts';

let test: TestStore;
let direct: Client;
beforeAll(async () => {
  test = await openTestStore();
  direct = new Client({ connectionString: test.url });
  await direct.connect();
});
afterAll(async () => {
  await direct.end();
  await test.dispose();
  await dropTemplate();
});

const close = (id: string) => direct.query("UPDATE conversations SET phase = 'closed' WHERE id = $1", [id]);
const aFork = (parent: string, at: number) => anAppend(randomUUID(), at, ['own'], { fork: { parent, at } });

describe('Postgres erasure: the contract', () => {
  it.each(erasureContract)('$name', ({ run }) => run({ ...test.store, ...test.erasure }, randomUUID));
});

describe('Postgres erasure', () => {
  it('leaves no text of it in any table, and a line that says when', async () => {
    const id = randomUUID();
    await test.store.append(
      anAppend(id, 0, ['hush-hush', 'hush-hush '.repeat(10_000)], { commandId: 'c', fingerprint: 'hush-hush' }),
    );
    const claim = randomUUID();
    await test.bulk.create({ id: claim, kind: 'backtest', about: {}, request: {}, fingerprint: 'f' });
    await test.bulk.claim(claim, { worker: claim, claim, kinds: ['backtest'] });
    await test.bulk.report(claim, {
      items: [`${id}:000000001:m`, `${claim}:1:m`].map((item) => ({ item, result: `hush-hush ${item}` })),
    });
    await close(id);
    await test.erasure.erase(id);
    expect((await test.bulk.items(claim, { limit: 9 })).map(({ item }) => item)).toEqual([`${claim}:1:m`]);
    for (const table of ['events', 'blobs', 'segments', 'open_work']) {
      const { rows } = await direct.query(`SELECT count(*)::int AS n FROM ${table} t WHERE t::text LIKE '%hush-hush%'`);
      expect([table, rows[0].n]).toEqual([table, 0]);
    }
    const { rows } = await direct.query('SELECT events, detached FROM erasures WHERE conversation_id = $1', [id]);
    expect(rows).toEqual([{ events: 2, detached: [] }]);
  });

  it('keeps the place of every event in the whole log', async () => {
    const id = randomUUID();
    await test.store.append(anAppend(id, 0, ['a', 'b']));
    const places = async () =>
      (await direct.query('SELECT version, position, transaction_id FROM events WHERE conversation_id = $1 ORDER BY 1', [id]))
        .rows;
    const before = await places();
    await close(id);
    await test.erasure.erase(id);
    expect(await places()).toEqual(before);
  });

  it('is the only change that the role of the application can make', async () => {
    const pool = openPool({ url: test.url, purpose: 'test', max: 1 });
    const id = randomUUID();
    await test.store.append(anAppend(id, 0, ['a']));
    const change = `UPDATE events SET data = '{}' WHERE conversation_id = '${id}'`;
    await expect(pool.query(change)).rejects.toThrow(/permission denied/);
    await expect(pool.query(`SELECT detach_conversation('${id}')`)).rejects.toThrow(/permission denied/);
    await expect(pool.query(`SELECT erase_conversation('${id}')`)).rejects.toThrow(/no tombstone/);
    await close(id);
    await pool.query(`BEGIN; SELECT erase_conversation('${id}')`);
    await expect(pool.query(change)).rejects.toThrow(/permission denied/);
    await pool.end();
    await expect(direct.query(change)).rejects.toThrow(/append-only/);
  });

  it('lets a fork that races it have the whole prefix, or none', async () => {
    for (let round = 0; round < 8; round += 1) {
      const id = randomUUID();
      await test.store.append(anAppend(id, 0, ['a', 'b']));
      const forks = Array.from({ length: 6 }, () => aFork(id, 2));
      const forking = forks.map((fork) => test.store.append(fork).catch((error: unknown) => error));
      await close(id);
      await test.erasure.erase(id);
      for (const [index, result] of (await Promise.all(forking)).entries()) {
        const child = forks[index]?.conversationId ?? '';
        expect(await commentsOf(test.store, child)).toEqual(result instanceof RangeError ? [] : ['a', 'b', 'own']);
      }
    }
  });
});
