// One process at a time creates or starts the server of a data folder. The lock saves work (a second initdb), it does not keep
// the data safe: rename(2) publishes a cluster once, and Postgres guards a data directory itself. So a lock broken in a rare
// race costs time only, and a holder that was killed must never block the next start.

import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf, explainWriteFailure, PostgresStartError } from './postgres-start-error.ts';
import { isProcessAlive, processStartTime } from './process-identity.ts';

/** Longer than the longest start, which ends after START_TIMEOUT_MS in bring-up.ts. */
const WAIT_MS = 150_000;
const POLL_MS = 25;

export async function withStartLock<Result>(lockFile: string, work: () => Promise<Result>): Promise<Result> {
  const ticket = `${lockFile}.${randomUUID()}`;
  try {
    await writeFile(ticket, JSON.stringify({ pid: process.pid, startTime: await processStartTime(process.pid), ticket }), {
      mode: 0o600,
    });
  } catch (error) {
    throw explainWriteFailure(error, lockFile);
  }
  try {
    await acquire(lockFile, ticket);
    try {
      return await work();
    } finally {
      await release(lockFile, ticket);
    }
  } finally {
    await rm(ticket, { force: true });
  }
}

async function acquire(lockFile: string, ticket: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (Date.now() < deadline) {
    try {
      // link(2) creates the lock with its content in one step, so nobody ever reads a half-written holder.
      await link(ticket, lockFile);
      return;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw explainWriteFailure(error, lockFile);
    }
    const holder = await readFile(lockFile, 'utf8').catch(() => undefined);
    if (holder !== undefined && (await isStale(lockFile, holder))) await breakLock(lockFile, holder);
    else await delay(POLL_MS);
  }
  throw new PostgresStartError(
    'start-timeout',
    `Another process has been starting Postgres for too long. If none is, delete ${lockFile}.`,
  );
}

async function isStale(lockFile: string, holder: string): Promise<boolean> {
  const { pid, startTime } = parseHolder(holder);
  if (pid === undefined || !(await isProcessAlive(pid))) return true;
  const current = await processStartTime(pid);
  if (current !== undefined) return current !== startTime;
  // No start time on this system: a holder older than any start is a reused pid.
  const since = await stat(lockFile).catch(() => undefined);
  return since !== undefined && Date.now() - since.mtimeMs > WAIT_MS;
}

async function breakLock(lockFile: string, holder: string): Promise<void> {
  const aside = `${lockFile}.${randomUUID()}`;
  try {
    await rename(lockFile, aside);
  } catch {
    return; // Somebody else broke it first.
  }
  // Between reading and renaming, another process may have replaced the stale lock with its own: hand that one back.
  const taken = await readFile(aside, 'utf8').catch(() => holder);
  if (taken !== holder) await link(aside, lockFile).catch(() => undefined);
  await rm(aside, { force: true });
  // The dead holder could not remove its own ticket.
  const { ticket } = parseHolder(holder);
  if (taken === holder && ticket?.startsWith(`${lockFile}.`)) await rm(ticket, { force: true });
}

async function release(lockFile: string, ticket: string): Promise<void> {
  const holder = await readFile(lockFile, 'utf8').catch(() => '');
  if (parseHolder(holder).ticket === ticket) await rm(lockFile, { force: true });
}

function parseHolder(text: string): { pid?: number; startTime?: string; ticket?: string } {
  try {
    return JSON.parse(text) as { pid?: number; startTime?: string; ticket?: string };
  } catch {
    return {};
  }
}
