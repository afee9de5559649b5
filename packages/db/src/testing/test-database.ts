// A migrated database of its own for each test file, cloned from one that is migrated once per process.

import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '../migrate.ts';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

let template: Promise<string> | undefined;
/** Postgres clones a template for one at a time. */
let cloning: Promise<unknown> = Promise.resolve();

export const createTestDatabase = async (): Promise<TestDatabase> => {
  const admin = process.env.TURNLOG_TEST_DATABASE_URL;
  if (!admin) throw new Error('TURNLOG_TEST_DATABASE_URL is not set: it names a Postgres in which tests may create databases.');
  template ??= createTemplate(admin);
  const source = await template;
  const name = newName();
  const cloned = cloning.then(() => execute(admin, `CREATE DATABASE ${name} TEMPLATE ${source}`));
  cloning = cloned.catch(() => undefined);
  await cloned;
  return { url: urlOf(admin, name), drop: () => dropDatabase(admin, name) };
};

/** To be called when a process has made its last database. */
export const dropTemplate = async (): Promise<void> => {
  const admin = process.env.TURNLOG_TEST_DATABASE_URL;
  const source = await template;
  template = undefined;
  if (admin && source) await dropDatabase(admin, source);
};

const newName = (): string => `turnlog_test_${randomUUID().replaceAll('-', '')}`;

const createTemplate = async (admin: string): Promise<string> => {
  const name = newName();
  await execute(admin, `CREATE DATABASE ${name}`);
  await migrate(urlOf(admin, name));
  return name;
};

const dropDatabase = (admin: string, name: string): Promise<void> =>
  execute(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);

const urlOf = (admin: string, name: string): string => {
  const url = new URL(admin);
  url.pathname = name;
  return url.href;
};

const execute = async (url: string, statement: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};
