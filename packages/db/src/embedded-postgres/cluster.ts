// Creates the database cluster of a data folder, or opens the one that is there. initdb works in a sibling folder that is
// renamed when it is complete and on disk, so a killed initdb leaves rubbish with another name and never half a cluster.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ClusterPaths, dataDirArgument } from './cluster-paths.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { errnoOf, explainWriteFailure, PostgresStartError } from './postgres-start-error.ts';
import { giveToFolderOwner, runAs, type ServerAccount } from './server-account.ts';
import { lastLines } from './server-log.ts';
import { serverEnvironment } from './server-settings.ts';

export const SUPERUSER = 'turnlog';
const STAGING = 'initdb-';

/** Call under the start lock: leftovers of killed runs are removed here. */
export async function ensureCluster(
  paths: ClusterPaths,
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
): Promise<void> {
  if (!(await exists(paths.cluster))) await createCluster(paths, binaries, account);
  const version = await readFile(join(paths.data, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    throw new PostgresStartError(
      'start-failed',
      `${paths.cluster} holds no readable Postgres data. Restore it from a backup or delete it.`,
      {
        cause: error,
      },
    );
  });
  if (version.trim() === binaries.major) return;
  throw new PostgresStartError(
    'incompatible-data',
    `${paths.data} was made by Postgres ${version.trim()}, but this is Postgres ${binaries.major}. ` +
      'Export the data with the older Turnlog, or use a new data folder, or set DATABASE_URL.',
  );
}

export async function makeRoot(paths: ClusterPaths, account: ServerAccount | undefined): Promise<void> {
  try {
    for (const [path, mode] of [
      [paths.dataDir, 0o755],
      [paths.root, 0o700],
    ] as const) {
      if ((await mkdir(path, { recursive: true, mode })) !== undefined) await giveToFolderOwner(path, account);
    }
  } catch (error) {
    throw explainWriteFailure(error, paths.root);
  }
}

export async function readPassword(paths: ClusterPaths): Promise<string> {
  return (
    await readFile(paths.password, 'utf8').catch((error: unknown) => Promise.reject(explainForeignData(error, paths)))
  ).trim();
}

export function explainForeignData(error: unknown, paths: ClusterPaths): unknown {
  const code = errnoOf(error);
  if (code !== 'EACCES' && code !== 'EPERM') return error;
  return new PostgresStartError(
    'data-not-ours',
    `${paths.cluster} belongs to another user (was Turnlog run as root before?). Run as that user, or use another data folder.`,
    { cause: error },
  );
}

async function createCluster(paths: ClusterPaths, binaries: PostgresBinaries, account: ServerAccount | undefined): Promise<void> {
  try {
    for (const name of await readdir(paths.root)) {
      if (name.startsWith(STAGING)) await rm(join(paths.root, name), { recursive: true, force: true, maxRetries: 3 });
    }
    const staging = await mkdtemp(join(paths.root, STAGING));
    try {
      await fillStaging(staging, binaries, account);
      await rename(staging, paths.cluster).catch(async (error: unknown) => {
        if (!(await exists(paths.cluster))) throw error; // Another process published its cluster first: use that one.
      });
      await syncFolder(paths.root);
    } finally {
      await rm(staging, { recursive: true, force: true, maxRetries: 3 });
    }
  } catch (error) {
    throw explainWriteFailure(error, paths.root);
  }
}

async function fillStaging(staging: string, binaries: PostgresBinaries, account: ServerAccount | undefined): Promise<void> {
  const [data, password] = [join(staging, 'data'), join(staging, 'password')];
  await mkdir(data, { mode: 0o700 });
  await writeFile(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600, flush: true });
  const all = [staging, password, data];
  if (account) for (const path of all) await chown(path, account.uid, account.gid);
  try {
    // Synced by initdb (0.1 s): the rename below must never reach the disk before the data does. The builtin locale sorts
    // the same on every system, with or without ICU.
    const pwfile = process.platform === 'linux' ? '../password' : password;
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const access = ['--auth=scram-sha-256', `--username=${SUPERUSER}`, `--pwfile=${pwfile}`];
    await promisify(execFile)(binaries.initdb, ['-D', dataDirArgument(data), '--no-instructions', ...locale, ...access], {
      cwd: data,
      env: serverEnvironment(),
      ...runAs(account),
    });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? lastLines(String(error.stderr)) : String(error);
    throw new PostgresStartError('initdb-failed', `Postgres could not create its database in ${staging}:\n${output}`, {
      cause: error,
    });
  }
  // From here on only the server's own files belong to its account.
  if (account && !account.ownsFolder) for (const path of [staging, password]) await chown(path, 0, 0);
  await chmod(staging, 0o700);
  await syncFolder(staging);
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // Folders cannot be opened there.
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
