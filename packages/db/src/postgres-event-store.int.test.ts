import { randomUUID } from 'node:crypto';
import type { ConversationEvent } from '@turnlog/core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropTemplate } from './testing/index.ts';
import { openTestStore, type TestStore } from './testing/open-test-store.ts';
import { anAppend, commentsOf, eventStoreContract } from './testing/store-contract.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => {
  await test.dispose();
  await dropTemplate();
});

const query = async (text: string, values: unknown[] = []) => {
  const client = new Client({ connectionString: test.url });
  await client.connect();
  try {
    return await client.query(text, values.length === 0 ? undefined : values);
  } finally {
    await client.end();
  }
};

describe('Postgres event store: the contract', () => {
  it.each(eventStoreContract)('$name', ({ run }) => run(test.store, randomUUID));
});

describe('Postgres event store', () => {
  it('rejects a bad append alone', async () => {
    const ids = Array.from({ length: 5 }, randomUUID);
    const appends = ids.map((id, index) =>
      test.store.append(anAppend(id, 0, ['a'], { commandId: index === 2 ? 'bad\0' : 'good' })),
    );
    const results = await Promise.allSettled(appends);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await test.store.read(ids[2] ?? '')).toEqual([]);
    expect(await commentsOf(test.store, ids[3] ?? '')).toEqual(['a']);
  });

  it('takes appends of one conversation that build on each other in one statement', async () => {
    const id = randomUUID();
    const chain = Array.from({ length: 10 }, (_, index) => test.store.append(anAppend(id, index, [`${index}`])));
    expect(await Promise.all(chain)).toEqual(chain.map((_, index) => ({ type: 'appended', version: index + 1 })));
    const { rows } = await query('SELECT count(DISTINCT transaction_id) AS n FROM events WHERE conversation_id = $1', [id]);
    expect(rows[0].n).toBe('1');
  });

  it('finds the repeated command in a chain and lets the rest fall', async () => {
    const id = randomUUID();
    await test.store.append(anAppend(id, 0, ['a'], { commandId: 'first' }));
    const results = await Promise.all([
      test.store.append(anAppend(id, 1, ['b'])),
      test.store.append(anAppend(id, 2, ['a'], { commandId: 'first' })),
      test.store.append(anAppend(id, 3, ['c'])),
    ]);
    expect(results).toEqual([
      { type: 'appended', version: 2 },
      { type: 'duplicate', version: 1 },
      { type: 'conflict', actual: 2 },
    ]);
    expect(await commentsOf(test.store, id)).toEqual(['a', 'b']);
  });

  it('changes open work with the events', async () => {
    const id = randomUUID();
    const work = (step: number, change = {}) => ({ step, attempt: 1, dueAt: '2026-03-01T12:00:00.123Z', ...change });
    const stored = async () =>
      (await query('SELECT step, attempt, claim, worker FROM open_work WHERE conversation_id = $1 ORDER BY step', [id])).rows;
    await test.store.append(anAppend(id, 0, ['a'], { work: { put: [work(1), work(2)], drop: [] } }));
    await test.store.append(anAppend(id, 0, ['conflict'], { work: { put: [work(3)], drop: [1, 2] } }));
    expect(await stored()).toEqual([1, 2].map((step) => ({ step, attempt: 1, claim: null, worker: null })));
    await Promise.all([
      test.store.append(
        anAppend(id, 1, ['b'], { work: { put: [work(2, { attempt: 2, claim: 'c', worker: 'w' }), work(4)], drop: [1] } }),
      ),
      test.store.append(anAppend(id, 2, ['c'], { work: { put: [work(5)], drop: [4] } })),
    ]);
    expect(await stored()).toEqual([
      { step: 2, attempt: 2, claim: 'c', worker: 'w' },
      { step: 5, attempt: 1, claim: null, worker: null },
    ]);
  });

  it('keeps long contents apart and puts them back, in forks too', async () => {
    const [id, child] = [randomUUID(), randomUUID()];
    const long = ['é'.repeat(40_000), `\0\ud800${'x'.repeat(70_000)}`, 'y'.repeat(65_536)];
    const structuredContent = { before: 1, long: [long[0], { deep: long[1] }], short: long[2], after: 2 };
    const result = { content: [], structuredContent, isError: false };
    const event: ConversationEvent = { type: 'ToolReturned', data: { step: 1, attempt: 1, claim: 'c', result } };
    await test.store.append(anAppend(id, 0, ['', ''], { events: [event, event] }));
    await test.store.append(anAppend(child, 2, ['own'], { fork: { parent: id, at: 2 } }));
    for (const one of [id, child]) {
      const [first, second] = await test.store.read(one);
      expect(JSON.stringify([first?.data, second?.data])).toBe(JSON.stringify([event.data, event.data]));
    }
    const { rows } = await query('SELECT length(data::text) AS n FROM events WHERE conversation_id = $1', [id]);
    expect(rows[0].n).toBeLessThan(66_000);
    const kept = await query(
      'SELECT sha256 = encode(sha256(convert_to(content, $2)), $3) AS ok FROM blobs WHERE conversation_id = $1',
      [id, 'UTF8', 'hex'],
    );
    expect(kept.rows).toEqual([{ ok: true }, { ok: true }]);
  });

  it('says that a conversation needs a newer version instead of guessing', async () => {
    for (const [type, schemaVersion] of [
      ['ThingFromTheFuture', 1],
      ['FeedbackGiven', 2],
    ] as const) {
      const id = randomUUID();
      await test.store.append(anAppend(id, 0, ['a']));
      await query(
        `INSERT INTO events (conversation_id, version, type, schema_version, data, recorded_at) VALUES ($1, 2, $2, $3, '{}', now())`,
        [id, type, schemaVersion],
      );
      await expect(test.store.read(id)).rejects.toMatchObject({ name: 'UnreadableConversation', conversationId: id, version: 2 });
      expect(await test.store.read(id, { upTo: 1 })).toHaveLength(1);
    }
  });

  it('refuses update and delete, even to the owner', async () => {
    await test.store.append(anAppend(randomUUID(), 0, ['a']));
    for (const statement of ["UPDATE events SET type = 'x'", 'DELETE FROM events', 'TRUNCATE events']) {
      await expect(query(statement), statement).rejects.toMatchObject({ code: '23001' });
      await expect(query(`SET ROLE turnlog_app; ${statement}`), statement).rejects.toMatchObject({ code: '42501' });
      await expect(query(`SET ROLE turnlog_app; SET turnlog.rewriting = 'on'; ${statement}`)).rejects.toMatchObject({
        code: '42501',
      });
    }
  });

  it('writes and reads in the role that cannot rewrite', async () => {
    const { rows } = await query(
      'SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()',
      ['turnlog append'],
    );
    expect(rows[0].n).toBe('1');
    const { rows: privileges } = await query(
      `SELECT privilege_type FROM information_schema.table_privileges WHERE table_name = 'events' AND grantee = 'turnlog_app' ORDER BY 1`,
    );
    expect(privileges.map((row) => row.privilege_type)).toEqual(['INSERT', 'SELECT']);
  });
});
