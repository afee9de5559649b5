// What processes of a test have started: to see that nothing outlives them.

import { execFileSync } from 'node:child_process';

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly kilobytes: number;
}

/** Every living process; a dead one that nobody has collected yet does not count. */
const rows = (): readonly Row[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , stat]) => !stat?.startsWith('Z'))
    .map(([pid, parent, kilobytes]) => ({ pid: Number(pid), parent: Number(parent), kilobytes: Number(kilobytes) }));

export const descendantsOf = (root: number | undefined): readonly number[] => {
  const all = rows();
  const found = [root];
  for (const parent of found) found.push(...all.filter((row) => row.parent === parent).map(({ pid }) => pid));
  return found.slice(1) as number[];
};

/** Which of these processes still live. */
export const survivorsOf = (pids: readonly number[]): readonly number[] => {
  const alive = new Set(rows().map(({ pid }) => pid));
  return pids.filter((pid) => alive.has(pid));
};

/** Resident memory of one process, in bytes. */
export const residentBytes = (process: number | undefined): number =>
  (rows().find(({ pid }) => pid === process)?.kilobytes ?? 0) * 1024;
