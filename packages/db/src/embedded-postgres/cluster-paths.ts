// Where everything of the embedded server lies below the data folder. Moving or deleting that folder moves or deletes it all.

import { join, resolve } from 'node:path';

export interface ClusterPaths {
  readonly dataDir: string;
  /** Folder of all the rest. */
  readonly root: string;
  /** Published by one rename: its data and its password exist together or not at all. */
  readonly cluster: string;
  readonly data: string;
  readonly password: string;
  readonly port: string;
  readonly log: string;
  readonly startLock: string;
}

export function clusterPaths(dataDir: string): ClusterPaths {
  const absolute = resolve(dataDir);
  const root = join(absolute, 'postgres');
  const cluster = join(root, 'cluster');
  return {
    dataDir: absolute,
    root,
    cluster,
    data: join(cluster, 'data'),
    password: join(cluster, 'password'),
    port: join(root, 'port'),
    log: join(root, 'postgres.log'),
    startLock: join(root, 'start.lock'),
  };
}

/**
 * The data directory as the server is told it. The server's account may be unable to pass the folders above (a 0700 home), so
 * on Linux we enter the directory while still root and name it by the link to the working directory, which needs no right on
 * any parent. Spawn with `cwd` set to the data directory; Postgres never leaves it.
 */
export function dataDirArgument(data: string): string {
  return process.platform === 'linux' ? '/proc/self/cwd' : data;
}
