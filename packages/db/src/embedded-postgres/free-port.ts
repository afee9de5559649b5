// Chooses the port of a data folder once and keeps it, so that an address in someone's notes stays true.

import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';

/** Below the ranges from which systems take ports for outgoing connections: nothing else is likely to sit there later. */
const [LOWEST, HIGHEST] = [20_000, 32_000];
const TRIES = 50;

/** The stored port if it is free, otherwise a new one, which is stored. */
export async function choosePort(portFile: string): Promise<number> {
  const stored = Number(await readFile(portFile, 'utf8').catch(() => ''));
  if (stored > 0 && stored < 65_536 && (await isFree(stored))) return stored;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!(await isFree(port))) continue;
    await writeFile(portFile, `${port}\n`);
    return port;
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST}`);
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
