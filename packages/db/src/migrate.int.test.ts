import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adopt, needsAdoption } from './adopt.ts';
import { createDatabase } from './create-database.ts';
import { migrate } from './migrate.ts';
import { anAppend } from './testing/store-contract.ts';

const admin = process.env.TURNLOG_TEST_DATABASE_URL ?? '';
const name = `turnlog_migrate_${randomUUID().replaceAll('-', '')}`;
const login = `turnlog_login_${randomUUID().replaceAll('-', '')}`;
const url = Object.assign(new URL(admin), { pathname: name }).href;
const loginUrl = Object.assign(new URL(url), { username: login, password: 'secret' }).href;

const execute = async (at: string, text: string) => {
  const client = new Client({ connectionString: at });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
};

beforeEach(async () => {
  await execute(admin, `CREATE DATABASE ${name}`);
});
afterEach(async () => {
  await execute(admin, `DROP DATABASE ${name} WITH (FORCE)`);
  await execute(admin, `DROP ROLE IF EXISTS ${login}`);
});

describe('migrations', () => {
  it('may be applied by several processes at once, and again', async () => {
    await Promise.all([1, 2, 3, 4].map(() => migrate(url)));
    await migrate(url);
    const { rows } = await execute(url, 'SELECT count(*) AS n FROM drizzle.turnlog_migrations');
    expect(Number(rows[0].n)).toBeGreaterThan(0);
  });

  it('work for a login that may not create roles, which is told so', async () => {
    await execute(admin, `CREATE ROLE ${login} LOGIN PASSWORD 'secret' NOSUPERUSER; ALTER DATABASE ${name} OWNER TO ${login}`);
    const warnings: string[] = [];
    await migrate(loginUrl, { onWarning: (message) => warnings.push(message) });
    expect(warnings).toHaveLength(1);
    const { store, close } = createDatabase(loginUrl);
    const id = randomUUID();
    expect(await store.append(anAppend(id, 0, ['a']))).toEqual({ type: 'appended', version: 1 });
    expect(await store.read(id)).toHaveLength(1);
    await close();
    await expect(execute(loginUrl, 'DELETE FROM events')).rejects.toMatchObject({ code: '23001' });
  });
});

describe('a log restored into another cluster', () => {
  it('hides its events until it is adopted', async () => {
    await migrate(url);
    const { store, close } = createDatabase(url);
    const ids = [randomUUID(), randomUUID()] as const;
    for (const id of ids) await store.append(anAppend(id, 0, ['1', '2']));
    const client = new Client({ connectionString: url });
    await client.connect();
    expect(await needsAdoption(client as never)).toBe(false);
    // As if it had been written where many more transactions had gone by.
    await execute(url, "BEGIN; SET LOCAL turnlog.rewriting = 'on'; UPDATE events SET transaction_id = '99999999999'; COMMIT");
    expect(await store.readAll(undefined, 10)).toEqual([]);
    expect(await needsAdoption(client as never)).toBe(true);
    expect(await adopt(url)).toBe(4);
    expect(await needsAdoption(client as never)).toBe(false);
    const entries = await store.readAll(undefined, 10);
    expect(entries.map(({ conversationId, event }) => [conversationId, event.version])).toEqual(
      ids.flatMap((id) => [1, 2].map((version) => [id, version])),
    );
    await client.end();
    await close();
  });
});
