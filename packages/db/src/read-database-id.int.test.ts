import { Pool } from 'pg';
import { afterAll, expect, it } from 'vitest';
import { readDatabaseId } from './read-database-id.ts';
import { createTestDatabase, dropTemplate } from './testing/index.ts';

const databases = await Promise.all([createTestDatabase(), createTestDatabase()]);
afterAll(async () => {
  for (const database of databases) await database.drop();
  await dropTemplate();
});

const idOf = async (url: string, role?: string): Promise<string> => {
  const pool = new Pool({ connectionString: url, max: 1 });
  try {
    if (role !== undefined) await pool.query(`SET ROLE ${role}`);
    return await readDatabaseId(pool);
  } finally {
    await pool.end();
  }
};

it('tells databases of one cluster apart, and is the same for everybody who may use one', async () => {
  const [one, other] = databases.map(({ url }) => url);
  const id = await idOf(one ?? '');
  expect(id).toMatch(/^\d+-\d+$/);
  expect(await idOf(one ?? '', 'turnlog_app')).toBe(id);
  expect(await idOf(other ?? '')).not.toBe(id);
});
