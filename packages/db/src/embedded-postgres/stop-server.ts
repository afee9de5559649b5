// Ends a server: a fast shutdown (open transactions are rolled back, the rest is written out), and if that hangs, an immediate
// one, after which the next start recovers from the log. Never SIGKILL: it would leave children and shared memory behind.

import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PostgresStartError } from './postgres-start-error.ts';
import { isProcessAlive } from './process-identity.ts';

const FAST_MS = 10_000;
const IMMEDIATE_MS = 10_000;
const POLL_MS = 10;

export async function stopServer(pid: number, { pgCtl, data }: { pgCtl: string; data: string }): Promise<void> {
  if (process.platform === 'win32') {
    // There, a signal to another process is always a kill; pg_ctl speaks to the server over its own pipe.
    await promisify(execFile)(pgCtl, ['stop', '-D', data, '-m', 'fast', '-w']);
    return;
  }
  for (const [signal, patience] of [
    ['SIGINT', FAST_MS],
    ['SIGQUIT', IMMEDIATE_MS],
  ] as const) {
    if (!(await isProcessAlive(pid))) return;
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in between, or is not ours to stop: the loop below tells which.
    }
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      if (!(await isProcessAlive(pid))) return;
      await delay(POLL_MS);
    }
  }
  throw new PostgresStartError('stop-failed', `Postgres (process ${pid}) does not stop. End it with: kill -QUIT ${pid}`);
}
