// Gets a connection to the server of a data folder, whatever state it is in: running, starting, stopping, dead with children
// left over, or never started. It only ever starts a server and asks again; Postgres itself makes sure there is one at most.

import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterPaths } from './cluster-paths.ts';
import { choosePort } from './free-port.ts';
import { PostgresStartError } from './postgres-start-error.ts';
import { disarmPostmasterPid, postmasterState, readPostmasterPid } from './postmaster-pid.ts';
import { giveToFolderOwner, type ServerAccount } from './server-account.ts';
import { connectToServer, type ServerConnection } from './server-connection.ts';
import { lastLines, readServerLog } from './server-log.ts';
import { spawnServer } from './server-process.ts';

/** Recovery after a crash replays at most max_wal_size, seconds on a disk; this is for the slow ones. */
const START_TIMEOUT_MS = 120_000;
const POLL_MS = 20;

export interface BringUpOptions {
  readonly paths: ClusterPaths;
  readonly postgres: string;
  readonly account: ServerAccount | undefined;
  readonly password: string;
  /** Set when clients already know the port: wait for it rather than take another. */
  readonly port?: number;
  readonly isCancelled?: () => boolean;
}

export interface RunningServer {
  readonly client: ServerConnection;
  readonly port: number;
}

export async function bringUp(options: BringUpOptions): Promise<RunningServer> {
  const { paths, password, isCancelled = () => false } = options;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && !isCancelled()) {
    const found = await readPostmasterPid(paths.data);
    const state = await postmasterState(paths.data, found);
    if (found !== undefined && state === 'alive') {
      const client = await connectToServer(found.port, password);
      if (client) return { client, port: found.port };
    } else {
      if (found !== undefined && state === 'impostor') await disarmPostmasterPid(paths.data, found);
      const running = await startServer(options, deadline);
      if (running) return running;
    }
    await delay(POLL_MS);
  }
  const log = lastLines(await readServerLog(paths.log, 0));
  throw new PostgresStartError('start-timeout', `Postgres in ${paths.data} does not answer. The end of ${paths.log}:\n${log}`);
}

/** Undefined when the server gave up for a reason that passes: look again. */
async function startServer(options: BringUpOptions, deadline: number): Promise<RunningServer | undefined> {
  const { paths, password, isCancelled = () => false } = options;
  const port = options.port ?? (await choosePort(paths.port));
  await giveToFolderOwner(paths.port, options.account).catch(() => undefined);
  const server = await spawnServer(options, port);
  while (server.exit() === undefined && Date.now() < deadline && !isCancelled()) {
    const client = await connectToServer(port, password);
    // Our own child must still run: on a taken port, another server of ours may be the one that answered.
    if (client && server.exit() === undefined) return { client, port };
    await client?.end().catch(() => undefined);
    await delay(POLL_MS);
  }
  const exit = server.exit();
  if (exit === undefined) server.abandon();
  else explainExit(await readServerLog(paths.log, server.logStart), exit, options);
  return undefined;
}

function explainExit(log: string, exit: string, { paths }: BringUpOptions): void {
  // Another process took the port, or started this server first, or children of a killed server still hold its memory.
  if (/could not (bind|create any TCP)|lock file "postmaster.pid" already exists|pre-existing shared memory block/.test(log))
    return;
  if (/has wrong ownership|Permission denied/.test(log)) {
    throw new PostgresStartError(
      'data-not-ours',
      `Postgres may not use ${paths.data}, which belongs to another user. Run as that user, or use another data folder.\n${lastLines(log)}`,
    );
  }
  if (/incompatible with server/.test(log)) {
    throw new PostgresStartError(
      'incompatible-data',
      `${paths.data} was made by another Postgres version. Use a new data folder.\n${lastLines(log)}`,
    );
  }
  throw new PostgresStartError('start-failed', `Postgres did not start (${exit}). The end of ${paths.log}:\n${lastLines(log)}`);
}
