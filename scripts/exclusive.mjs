// One process at a time installs and builds a checkout, however many commands start at once.

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

// The holder touches its lock while it works; a lock this old belongs to a machine that slept or a process that was stopped.
const staleMs = 30_000;

/**
 * Performs `work` while no other process performs it for the same folder.
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @param {() => void} onWait called once if another process is at it
 * @returns {Promise<T>}
 */
export async function exclusively(folder, work, onWait) {
  // Outside the checkout: an install replaces node_modules, and everything else there belongs to the user.
  const lock = join(tmpdir(), `turnlog-prepare-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.lock`);
  const mine = `${process.pid} ${Date.now()}`;
  let hasWaited = false;
  while (!take(lock, mine)) {
    if (isStale(lock)) {
      setAside(lock);
      continue;
    }
    if (!hasWaited) onWait();
    hasWaited = true;
    await pause(100);
  }
  const heartbeat = setInterval(() => touch(lock), 2000);
  const release = () => {
    if (read(lock) === mine) rmSync(lock, { force: true });
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.off('exit', release);
    release();
  }
}

function take(lock, mine) {
  try {
    writeFileSync(lock, mine, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(lock) {
  try {
    if (Date.now() - statSync(lock).mtimeMs > staleMs) return true;
    const pid = Number.parseInt(read(lock) ?? '', 10);
    // Just created and not yet written, or gone in the meantime.
    if (!Number.isInteger(pid)) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** By renaming, of several that see the same stale lock one alone removes it. */
function setAside(lock) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function touch(lock) {
  try {
    utimesSync(lock, new Date(), new Date());
  } catch {
    // Whoever set it aside goes on; npm and tsc survive being run twice.
  }
}

function read(lock) {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return undefined;
  }
}
