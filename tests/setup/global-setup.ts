// Brings up what the int and e2e tests need, once for a whole run: Postgres and, where it can, Redis.
// A server that the environment names is used as it is and left as it is.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../packages/db/src/embedded-postgres/embedded-postgres.ts';
import { startRedis } from './redis-server.ts';

/** Each project calls this; the second one finds the variables set and has nothing to do. */
export async function setup(): Promise<() => Promise<void>> {
  const stops: (() => Promise<void>)[] = [];
  const stopAll = async () => {
    for (const stop of stops.reverse()) await stop();
  };
  try {
    if (!process.env.TURNLOG_TEST_DATABASE_URL) stops.push(await bringUpPostgres());
    if (!process.env.TURNLOG_TEST_REDIS_URL) stops.push(await bringUpRedis());
  } catch (error) {
    await stopAll();
    throw error;
  }
  return stopAll;
}

async function bringUpPostgres(): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'turnlog-test-postgres-'));
  const remove = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  try {
    const postgres = await startEmbeddedPostgres({ dataDir });
    const guard = endWithThisProcess(dataDir);
    // Tests put their own parameters behind it.
    process.env.TURNLOG_TEST_DATABASE_URL = postgres.url.replace(/\?.*$/, '');
    return async () => {
      delete process.env.TURNLOG_TEST_DATABASE_URL;
      await postgres.stop();
      remove();
      guard.end();
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * An embedded Postgres outlives a killed owner on purpose, for the next one to find. Here there is no next one: when this
 * process ends, however that happens, the pipe closes and the shell takes the server and its folder away.
 */
function endWithThisProcess(dataDir: string): { end(): void } {
  const script = `cat >/dev/null
for file in $(find "$1" -name postmaster.pid 2>/dev/null); do kill -QUIT "$(head -n 1 "$file")"; done
for second in 1 2 3 4 5; do rm -rf "$1" && break; sleep 1; done`;
  const guard = spawn('sh', ['-c', script, 'sh', dataDir], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // Without a shell a killed run leaves its server behind, and nothing worse.
  guard.on('error', () => undefined);
  guard.unref();
  return { end: () => guard.stdin.end() };
}

async function bringUpRedis(): Promise<() => Promise<void>> {
  const redis = await startRedis();
  if (redis === undefined) {
    console.warn('SKIPPED: everything on Redis; redis-server is not installed and TURNLOG_TEST_REDIS_URL is not set');
    return async () => undefined;
  }
  process.env.TURNLOG_TEST_REDIS_URL = redis.url;
  return async () => {
    delete process.env.TURNLOG_TEST_REDIS_URL;
    await redis.stop();
  };
}
