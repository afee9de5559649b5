// Reads Postgres's own lock file, postmaster.pid. Postgres alone decides whether a data directory is free; we only help it in
// the one case it cannot judge: the pid in a stale file now belongs to another process, and Postgres would refuse for ever.

import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isProcessAlive } from './process-identity.ts';

export interface PostmasterPid {
  readonly pid: number;
  readonly port: number;
}

/** `gone`: Postgres may start (it checks again). `impostor`: proven not to be the server of this directory. */
export type PostmasterState = 'absent' | 'gone' | 'alive' | 'impostor';

/** No process has this pid: it is above the highest one that Linux gives. */
const NO_PID = 2 ** 31 - 1;

export async function readPostmasterPid(data: string): Promise<PostmasterPid | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parsePostmasterPid(text);
}

/** Lines: pid, data directory, start time, port, socket directory, listen address, shared memory key, state. */
export function parsePostmasterPid(text: string): PostmasterPid | undefined {
  const lines = text.split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return pid > 0 && port > 0 ? { pid, port } : undefined;
}

export async function postmasterState(data: string, found: PostmasterPid | undefined): Promise<PostmasterState> {
  if (found === undefined) return 'absent';
  if (!(await isProcessAlive(found.pid))) return (await isZombie(found.pid)) ? 'impostor' : 'gone';
  if (process.platform !== 'linux') return 'alive';
  // A server's working directory is its data directory, for life. Unreadable (another user's process) means: not proven.
  const [cwd, directory] = await Promise.all([stat(`/proc/${found.pid}/cwd`).catch(() => undefined), stat(data)]);
  return cwd !== undefined && (cwd.ino !== directory.ino || cwd.dev !== directory.dev) ? 'impostor' : 'alive';
}

/** Puts a dead pid in the file and keeps the rest: Postgres still checks that no child of the old server holds its memory. */
export async function disarmPostmasterPid(data: string, expected: PostmasterPid): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  if (parsePostmasterPid(text)?.pid !== expected.pid) return;
  const { uid, gid } = await stat(file);
  await rm(`${file}.stale`, { force: true });
  // Exclusive, because root may be writing here into a folder of another account, which could have put a link in the way.
  await writeFile(`${file}.stale`, text.replace(/^\d+/, String(NO_PID)), { mode: 0o600, flag: 'wx' });
  if (uid !== process.geteuid?.()) await chown(`${file}.stale`, uid, gid);
  await rename(`${file}.stale`, file);
}

/** A dead server whose parent never asks for its exit code (pid 1 of many containers) still answers Postgres's signal 0. */
async function isZombie(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
