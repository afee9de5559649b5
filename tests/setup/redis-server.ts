// A Redis of the tests' own, where the machine has the program: nothing else uses it, and it leaves nothing behind.

import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface RunningRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts Redis or Valkey on a free port; undefined where neither is installed. */
export async function startRedis(): Promise<RunningRedis | undefined> {
  const program = findProgram('redis-server') ?? findProgram('valkey-server');
  if (program === undefined) return undefined;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'turnlog-redis-'));
  // When this process ends, however that happens, the pipe closes, cat returns, and the shell takes Redis with it.
  const guard = `folder=$1; shift; "$@" & child=$!
trap 'kill $child 2>/dev/null; wait $child; rm -rf "$folder"' EXIT; trap exit INT TERM; cat >/dev/null`;
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const child = spawn('sh', ['-c', guard, 'sh', folder, program, ...settings, '--maxmemory-policy', 'noeviction'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // A Ctrl-C meant for the tests must not take Redis from under them.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.includes('Ready to accept connections')) resolve();
    });
    void ended.then(() => reject(new Error(`${program} ended before it was ready:\n${output}`)));
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

function findProgram(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
