// Keeps an owned server running on its port until stop(). The news of a death is the end of the supervisor's connection, which
// works the same for a server that this process started and for one it adopted.

import { setTimeout as delay } from 'node:timers/promises';
import { type BringUpOptions, bringUp, type RunningServer } from './bring-up.ts';
import { PostgresStartError } from './postgres-start-error.ts';
import { postmasterState, readPostmasterPid } from './postmaster-pid.ts';
import { closeConnection, serverPid, tryToOwn, waitToOwn } from './server-connection.ts';
import { keepServerLogTrimmed } from './server-log.ts';
import { withStartLock } from './start-lock.ts';
import { stopServer } from './stop-server.ts';

/** More deaths than this within the window are not bad luck: stop trying, and say so. */
const MAX_DEATHS = 5;
const WINDOW_MS = 60_000;
const RESTART_PAUSE_MS = 50;

export interface Supervisor {
  isOwner(): boolean;
  /** Resolves after stop(); rejects when the server died and cannot be brought back. */
  readonly finished: Promise<void>;
  stop(): Promise<void>;
}

export function superviseServer(
  first: RunningServer,
  options: BringUpOptions & { pgCtl: string; log: (message: string) => void },
): Supervisor {
  const { paths, log } = options;
  let resolveFinished: () => void = () => undefined;
  let rejectFinished: (error: unknown) => void = () => undefined;
  const finished = new Promise<void>((resolve, reject) => {
    resolveFinished = resolve;
    rejectFinished = reject;
  });
  finished.catch(() => undefined); // Whoever listens hears it; nobody has to.
  const stopTrimming = keepServerLogTrimmed(paths.log);
  const deaths: number[] = [];
  let running = first;
  let owner = true;
  let stopping: Promise<void> | undefined;
  let restarting: Promise<void> | undefined;

  const watch = () => {
    running.client.once('end', () => {
      if (!stopping) restarting = keepRestarting();
    });
    // The socket must not keep a process alive that forgot stop(): the next start adopts its server.
    socketOf(running).unref();
  };

  const keepRestarting = async (): Promise<void> => {
    try {
      await restart();
    } catch (error) {
      if (stopping) return;
      if (error instanceof PostgresStartError) rejectFinished(error);
      else return keepRestarting(); // It died again before it was watched.
    }
  };

  const restart = async () => {
    const now = Date.now();
    deaths.push(now);
    if (deaths.filter((at) => now - at < WINDOW_MS).length > MAX_DEATHS) {
      throw new PostgresStartError(
        'keeps-crashing',
        `Postgres died ${MAX_DEATHS + 1} times within a minute. Its log is ${paths.log}.`,
      );
    }
    log(`Postgres stopped unexpectedly; bringing it back on port ${first.port}`);
    await delay(RESTART_PAUSE_MS);
    await withStartLock(paths.startLock, async () => {
      const next = await bringUp({ ...options, port: first.port, isCancelled: () => stopping !== undefined });
      if (next.port !== first.port) {
        await closeConnection(next.client);
        throw new PostgresStartError(
          'port-changed',
          `Postgres came back on port ${next.port} instead of ${first.port}. Restart this process.`,
        );
      }
      owner = await tryToOwn(next.client);
      running = next;
      watch();
    });
    log('Postgres is back');
    // Another process brought it up first and owns it: take over when that one ends.
    if (!owner) {
      waitToOwn(running.client).then(
        () => {
          owner = true;
        },
        () => undefined,
      );
    }
  };

  /** For a stop during a restart, when no connection can tell. */
  const pidOnDisk = async () => {
    const found = await readPostmasterPid(paths.data);
    return (await postmasterState(paths.data, found)) === 'alive' ? found?.pid : undefined;
  };

  const stop = async () => {
    await restarting;
    stopTrimming();
    socketOf(running).ref(); // Stopping must be waited for.
    if (owner) {
      const pid = (await serverPid(running.client).catch(() => undefined)) ?? (await pidOnDisk());
      if (pid !== undefined) await stopServer(pid, { pgCtl: options.pgCtl, data: paths.data });
    }
    await closeConnection(running.client);
    resolveFinished();
  };

  watch();
  return {
    isOwner: () => owner,
    finished,
    stop: () => (stopping ??= stop()),
  };
}

/** Present in pg since 8.0, missing in its types. */
function socketOf({ client }: RunningServer): { ref(): void; unref(): void } {
  return client as typeof client & { ref(): void; unref(): void };
}
