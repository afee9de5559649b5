// A Redis of our own for the time of the run.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

export interface OwnRedis {
  readonly url: string;
  readonly stop: () => void;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });

const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'];

/** Undefined where the program is not installed. */
export const startRedis = async (dir: string): Promise<OwnRedis | undefined> => {
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--dir', dir, ...settings], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const isReady = await new Promise<boolean>((resolve) => {
    child.on('error', () => resolve(false));
    child.on('exit', () => resolve(false));
    child.stdout.on('data', (chunk: Buffer) => chunk.includes('Ready to accept') && resolve(true));
  });
  return isReady ? { url: `redis://127.0.0.1:${port}/0`, stop: () => void child.kill() } : undefined;
};
