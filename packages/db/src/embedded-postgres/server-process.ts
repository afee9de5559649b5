// Starts the server program. It gets its own session, so that Ctrl-C in the terminal reaches us alone and work in progress can
// end before the database does; and it may outlive us, which the next start expects.

import { spawn } from 'node:child_process';
import { explainForeignData } from './cluster.ts';
import type { ClusterPaths } from './cluster-paths.ts';
import { dataDirArgument } from './cluster-paths.ts';
import { explainWriteFailure } from './postgres-start-error.ts';
import { giveToFolderOwner, runAs, type ServerAccount } from './server-account.ts';
import { logSize, openServerLog, trimServerLog } from './server-log.ts';
import { serverEnvironment, serverSettings } from './server-settings.ts';

export interface ServerProcess {
  /** Undefined while it runs. */
  exit(): string | undefined;
  /** For a start that is given up. */
  abandon(): void;
  /** Where its part of the log begins. */
  readonly logStart: number;
}

interface SpawnServerOptions {
  readonly paths: ClusterPaths;
  readonly postgres: string;
  readonly account: ServerAccount | undefined;
}

export async function spawnServer({ paths, postgres, account }: SpawnServerOptions, port: number): Promise<ServerProcess> {
  await trimServerLog(paths.log);
  const log = await openServerLog(paths.log).catch((error: unknown) => Promise.reject(explainWriteFailure(error, paths.log)));
  try {
    await giveToFolderOwner(paths.log, account);
    const logStart = await logSize(paths.log);
    const child = spawn(postgres, ['-D', dataDirArgument(paths.data), ...serverSettings(port)], {
      cwd: paths.data,
      env: serverEnvironment(),
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      windowsHide: true,
      ...runAs(account),
    });
    let exit: string | undefined;
    child.once('exit', (code, signal) => {
      exit = signal ?? `exit code ${code}`;
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(explainForeignData(error, paths)));
    });
    child.unref();
    return { exit: () => exit, abandon: () => void child.kill('SIGINT'), logStart };
  } finally {
    await log.close();
  }
}
