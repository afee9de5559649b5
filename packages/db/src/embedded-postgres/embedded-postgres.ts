// A Postgres without an install step: the programs come from npm, the data lies below the data folder, one process owns the
// running server and others attach to it. Whatever was killed before, the next start finds or brings up one working server.

import { type BringUpOptions, bringUp } from './bring-up.ts';
import { ensureCluster, makeRoot, readPassword, SUPERUSER } from './cluster.ts';
import { clusterPaths } from './cluster-paths.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { chooseServerAccount } from './server-account.ts';
import { closeConnection, DATABASE, ensureDatabase, tryToOwn } from './server-connection.ts';
import { withStartLock } from './start-lock.ts';
import { superviseServer } from './supervisor.ts';

export interface EmbeddedPostgres {
  readonly url: string;
  /** True when this process keeps the server running and stop() ends it; false when another process does. */
  readonly owned: boolean;
  /** Resolves after stop(); rejects when an owned server died and could not be brought back on its port. */
  readonly finished: Promise<void>;
  /** Safe to call twice. Leaves a server that another process owns running. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log?: (message: string) => void;
}

export async function startEmbeddedPostgres({
  dataDir,
  log = () => undefined,
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const paths = clusterPaths(dataDir);
  const account = await chooseServerAccount(paths.dataDir, paths.data);
  await makeRoot(paths, account);
  return withStartLock(paths.startLock, async () => {
    const binaries = await findPostgresBinaries({ account, privateDir: paths.root });
    await ensureCluster(paths, binaries, account);
    const password = await readPassword(paths);
    const options: BringUpOptions = { paths, postgres: binaries.postgres, account, password };
    const running = await bringUp(options);
    await ensureDatabase(running.client);
    const url = `postgres://${SUPERUSER}:${password}@127.0.0.1:${running.port}/${DATABASE}?sslmode=disable`;
    if (await tryToOwn(running.client)) {
      const supervisor = superviseServer(running, { ...options, pgCtl: binaries.pgCtl, log });
      return {
        url,
        get owned() {
          return supervisor.isOwner();
        },
        finished: supervisor.finished,
        stop: supervisor.stop,
      };
    }
    await closeConnection(running.client);
    return attached(url);
  });
}

function attached(url: string): EmbeddedPostgres {
  let end: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { url, owned: false, finished, stop: async () => end() };
}
