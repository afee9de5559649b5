import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import { Client } from 'pg';
import { grantAppRole } from './app-role.ts';

/** The same folder from `src` and from `dist`. */
const migrationsFolder = fileURLToPath(new URL('../drizzle', import.meta.url));

/** Any number; the same for every process that migrates one database. */
const MIGRATION_LOCK = 8_020_113_001;

export interface MigrateOptions {
  /** What an operator should read: a role that could not be created, for example. */
  readonly onWarning?: (message: string) => void;
}

/** Brings a database to this version's tables and privileges. Several processes may do so at once. */
export const migrate = async (url: string, { onWarning = console.warn }: MigrateOptions = {}): Promise<void> => {
  const client = new Client({ connectionString: url, application_name: 'turnlog migrate' });
  await client.connect();
  try {
    // The lock ends with the connection.
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await applyMigrations(drizzle(client), { migrationsFolder, migrationsTable: 'turnlog_migrations' });
    await grantAppRole(client, onWarning);
  } finally {
    await client.end();
  }
};
