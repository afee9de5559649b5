import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogCursor } from '@turnlog/core';
import { Client } from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropTemplate } from './testing/index.ts';
import { openTestStore, type TestStore } from './testing/open-test-store.ts';

let test: TestStore;
let clients: Client[];
beforeEach(async () => {
  test = await openTestStore();
  clients = [];
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await test.dispose();
});
afterAll(dropTemplate);

const connect = async (): Promise<Client> => {
  const client = new Client({ connectionString: test.url });
  await client.connect();
  clients.push(client);
  return client;
};

const INSERT = `INSERT INTO events (conversation_id, version, type, schema_version, data, recorded_at)
  VALUES ($1, 1, 'TurnQueued', 1, '{"input":"x"}', now()) RETURNING position`;

/** What a reader by position alone would do: the bug that the cursor exists for. */
const readByPosition = async (client: Client, after: string): Promise<{ id: string; position: string }[]> =>
  (await client.query('SELECT conversation_id AS id, position FROM events WHERE position > $1 ORDER BY position', [after])).rows;

/** Follows the log until it has `count` entries, or ten seconds. */
const follow = async (count: number): Promise<string[]> => {
  const seen: string[] = [];
  let cursor: LogCursor | undefined;
  for (const end = Date.now() + 10_000; seen.length < count && Date.now() < end; ) {
    const entries = await test.store.readAll(cursor, 7);
    cursor = entries.at(-1)?.cursor ?? cursor;
    seen.push(...entries.map(({ conversationId }) => conversationId));
    if (entries.length === 0) await delay(2);
  }
  return seen;
};

describe('a reader of the whole log', () => {
  it('never skips an event that commits late, which a reader by position does', async () => {
    const [slow, fast, reader] = [await connect(), await connect(), await connect()];
    const [late, early] = [randomUUID(), randomUUID()];
    await slow.query('BEGIN');
    await slow.query(INSERT, [late]);
    await fast.query(INSERT, [early]);

    const first = await test.store.readAll(undefined, 10);
    const firstByPosition = await readByPosition(reader, '0');
    await slow.query('COMMIT');
    const all = [...first.map(({ conversationId }) => conversationId), ...(await follow(2 - first.length))];
    const last = firstByPosition.at(-1)?.position ?? '0';
    const allByPosition = [...firstByPosition, ...(await readByPosition(reader, last))].map(({ id }) => id);

    expect(all.sort()).toEqual([late, early].sort());
    expect(allByPosition).toEqual([early]);
  });

  it('reads in an order that holds when a newer transaction has an older position', async () => {
    const [newer, older] = [await connect(), await connect()];
    const [a, b] = [randomUUID(), randomUUID()];
    await older.query('BEGIN');
    await older.query('SELECT pg_current_xact_id()');
    await newer.query('BEGIN');
    await newer.query(INSERT, [a]);
    await older.query(INSERT, [b]);
    await newer.query('COMMIT');
    expect(await test.store.readAll(undefined, 10)).toEqual([]);
    await older.query('COMMIT');
    expect(await follow(2)).toEqual([b, a]);
  });

  it('sees every event once while writers dawdle and roll back, which a reader by position does not', async () => {
    const committed: string[] = [];
    const writer = async (client: Client): Promise<void> => {
      for (let one = 0; one < 25; one += 1) {
        const id = randomUUID();
        await client.query('BEGIN');
        await client.query(INSERT, [id]);
        await delay(Math.random() * 15);
        const isKept = Math.random() > 0.1;
        await client.query(isKept ? 'COMMIT' : 'ROLLBACK');
        if (isKept) committed.push(id);
      }
    };
    const writers = await Promise.all(Array.from({ length: 8 }, connect));
    let isWriting = true;
    const writing = Promise.all(writers.map(writer)).then(() => {
      isWriting = false;
    });
    /** Reads on as long as `hasMore`, page by page. */
    const readOn = async (readPage: () => Promise<readonly string[]>, hasMore: (seen: readonly string[]) => boolean) => {
      const seen: string[] = [];
      while (hasMore(seen)) {
        const page = await readPage();
        seen.push(...page);
        if (page.length === 0) await delay(1);
      }
      return seen.sort();
    };
    const safely = () => {
      let cursor: LogCursor | undefined;
      return readOn(
        async () => {
          const entries = await test.store.readAll(cursor, 5);
          cursor = entries.at(-1)?.cursor ?? cursor;
          return entries.map(({ conversationId }) => conversationId);
        },
        (seen) => isWriting || seen.length < committed.length,
      );
    };
    const byPosition = async () => {
      const client = await connect();
      let last = '0';
      // What it has not found once all is committed, it has passed over: nothing comes behind its position any more.
      let isOver = false;
      return readOn(
        async () => {
          const isLast = !isWriting;
          const entries = await readByPosition(client, last);
          last = entries.at(-1)?.position ?? last;
          isOver = isLast && entries.length === 0;
          return entries.map(({ id }) => id);
        },
        () => !isOver,
      );
    };
    const [first, second, unsafe] = await Promise.all([safely(), safely(), byPosition()]);
    await writing;
    expect(first).toEqual([...committed].sort());
    expect(second).toEqual(first);
    expect(unsafe).not.toEqual(first);
    expect(first).toEqual(expect.arrayContaining([...unsafe]));
  });
});
