// Tells one process from a later one that was given the same pid. Linux answers from /proc; elsewhere only the pid is known,
// and a caller must treat "unknown" as "could be it".

import { readFile } from 'node:fs/promises';
import { errnoOf } from './postgres-start-error.ts';

/** False for a zombie: it still answers signal 0, but it holds no files, ports or memory. */
export async function isProcessAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
  const fields = await readStat(pid);
  return fields === undefined || !['Z', 'X'].includes(fields[0] ?? '');
}

/** Changes with every process and every boot; undefined where the system does not say. */
export async function processStartTime(pid: number): Promise<string | undefined> {
  const fields = await readStat(pid);
  if (fields === undefined) return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  // proc_pid_stat(5): starttime is field 22, and `fields` begins at field 3.
  return `${boot.trim()}:${fields[19]}`;
}

async function readStat(pid: number): Promise<string[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The command name in field 2 may hold spaces and brackets, so the fields are counted from its last bracket.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}
