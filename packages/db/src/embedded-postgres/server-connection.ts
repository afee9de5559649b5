// The supervisor's own connection. It does three jobs with one socket: it proves that the server is ours (only ours knows the
// password), its end is the news that the server died, and it holds the ownership lock, which Postgres frees when a process
// dies however it dies. No pid is compared and no file can go stale.

import pg from 'pg';
import { SUPERUSER } from './cluster.ts';
import { parsePostmasterPid } from './postmaster-pid.ts';

export const DATABASE = 'turnlog';
const CONNECT_TIMEOUT_MS = 3_000;
/** "turn" in ASCII: any fixed number will do. Locks are per database, and the application does not use the `postgres` one. */
const OWNER_LOCK = 0x7475726e;

export type ServerConnection = pg.Client;

/** Undefined while nothing answers there, or something else than our server, or a server that is starting or stopping. */
export async function connectToServer(port: number, password: string): Promise<ServerConnection | undefined> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    ssl: false,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'turnlog supervisor',
  });
  client.on('error', () => undefined); // The end of the connection is the event that counts, and it follows.
  try {
    await client.connect();
    await client.query('set idle_session_timeout = 0');
    return client;
  } catch {
    await client.end().catch(() => undefined);
    return undefined;
  }
}

export async function tryToOwn(client: ServerConnection): Promise<boolean> {
  const { rows } = await client.query<{ owned: boolean }>('select pg_try_advisory_lock($1) as owned', [OWNER_LOCK]);
  return rows[0]?.owned === true;
}

/** Resolves when the present owner has gone and this connection owns the server. */
export async function waitToOwn(client: ServerConnection): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [OWNER_LOCK]);
}

/** The server's own word, so it cannot be a stale file's. */
export async function serverPid(client: ServerConnection): Promise<number | undefined> {
  const { rows } = await client.query<{ file: string }>("select pg_read_file('postmaster.pid') as file");
  return parsePostmasterPid(rows[0]?.file ?? '')?.pid;
}

/** Call under the start lock: CREATE DATABASE has no IF NOT EXISTS. */
export async function ensureDatabase(client: ServerConnection): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
  if (rowCount === 0) await client.query(`create database ${DATABASE}`);
}

/** Says nothing about the server staying up: only that this process is done with it. */
export async function closeConnection(client: ServerConnection): Promise<void> {
  await client.end().catch(() => undefined);
}
