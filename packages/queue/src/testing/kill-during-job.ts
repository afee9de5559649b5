import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { QueueBackend } from '../queue-backend.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const built = fileURLToPath(new URL('../../dist/testing/killable-consumer.js', import.meta.url));

/** Builds this package: a process of its own needs JavaScript. Type errors are the type check's to report. */
const build = () =>
  promisify(execFile)(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b', 'packages/queue'], { cwd: root }).catch(
    () => undefined,
  );

/** Lets another process take a job, kills that process while it has it, and says when it died. */
export const killDuringJob = async (backend: QueueBackend, name: string): Promise<number> => {
  await build();
  const child = spawn(process.execPath, [built, JSON.stringify(backend), name], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const died = once(child, 'exit');
  child.kill('SIGKILL');
  await died;
  return performance.now();
};
