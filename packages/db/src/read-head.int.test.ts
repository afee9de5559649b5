import { randomUUID } from 'node:crypto';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { readHead } from './read-head.ts';
import { dropTemplate } from './testing/index.ts';
import { openTestStore, type TestStore } from './testing/open-test-store.ts';

let test: TestStore;
let pool: Pool;
let other: Client;
beforeEach(async () => {
  test = await openTestStore();
  pool = new Pool({ connectionString: test.url });
  other = new Client({ connectionString: test.url });
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await pool.end();
  await test.dispose();
});
afterAll(dropTemplate);

const insert = async (): Promise<string> => {
  const { rows } = await pool.query(
    `INSERT INTO events (conversation_id, version, type, schema_version, data, recorded_at)
      VALUES ($1, 1, 'TurnQueued', 1, '{"input":"x"}', now()) RETURNING position`,
    [randomUUID()],
  );
  return rows[0].position;
};

it('waits for what was being written, so that nothing is missing that was committed before', async () => {
  await other.query('BEGIN; SELECT pg_current_xact_id()');
  const position = await insert();
  let isThere = false;
  const head = readHead(pool).finally(() => {
    isThere = true;
  });
  // Any number of other readers later it still waits.
  for (let reader = 0; reader < 20; reader++) await pool.query('SELECT 1');
  expect(isThere).toBe(false);
  await other.query('COMMIT');
  expect((await head).position).toBe(position);
});

it('takes what is safe where somebody keeps a transaction open', async () => {
  const before = await insert();
  await other.query('BEGIN; SELECT pg_current_xact_id()');
  await insert();
  expect((await readHead(pool, 100)).position).toBe(before);
});
