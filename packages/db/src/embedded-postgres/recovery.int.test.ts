import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { clusterPaths } from './cluster-paths.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { processStartTime } from './process-identity.ts';
import { createSandbox, eventually, isGone, query, serverPidOf } from './testing/sandbox.ts';

const sandbox = createSandbox();
const onLinux = process.platform === 'linux';
afterEach(() => sandbox.close());

describe('kill -9 of the owner', () => {
  it('leaves the server up for those who attached, and the next start adopts and stops it', async () => {
    const dataDir = sandbox.dataDir();
    const owner = sandbox.otherProcess(dataDir);
    const { url = '' } = await owner.report;
    const guest = sandbox.otherProcess(dataDir);
    expect(await guest.report).toEqual({ url, owned: false });
    const pid = await serverPidOf(dataDir);
    await owner.kill();
    expect(await query(url, 'select 1 as one')).toEqual({ one: 1 });
    // The server notices the end of the owner's connection a moment after the process is gone.
    const heir = await eventually(async () => {
      const next = await startEmbeddedPostgres({ dataDir });
      return next.owned ? next : undefined;
    });
    expect(heir.url).toBe(url);
    expect(await serverPidOf(dataDir)).toBe(pid);
    await heir.stop();
    expect(await isGone(pid)).toBe(true);
  });

  it('in the middle of initdb costs nothing: the next start begins anew and clears the rest', async () => {
    const dataDir = sandbox.dataDir();
    const { root, cluster } = clusterPaths(dataDir);
    const first = sandbox.otherProcess(dataDir);
    await eventually(async () => {
      const staging = existsSync(root) ? readdirSync(root).find((name) => name.startsWith('initdb-')) : undefined;
      return staging !== undefined && existsSync(join(root, staging, 'data', 'PG_VERSION')) ? true : undefined;
    });
    await first.kill();
    expect(existsSync(cluster)).toBe(false);
    const second = await startEmbeddedPostgres({ dataDir });
    expect(second.owned).toBe(true);
    expect(await query(second.url, 'select 1 as one')).toEqual({ one: 1 });
    expect(readdirSync(root).filter((name) => name.startsWith('start.lock'))).toEqual([]);
    await second.stop();
  });
});

describe('kill -9 of the server', () => {
  it('is noticed: the server comes back on its port with every committed row, although a client still sat in a query', async () => {
    const dataDir = sandbox.dataDir();
    const messages: string[] = [];
    const server = await startEmbeddedPostgres({ dataDir, log: (message) => messages.push(message) });
    await query(server.url, 'create table kept as select 42 as answer');
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    const cut = client.query('select pg_sleep(60)').catch((error: unknown) => error);
    const pid = await serverPidOf(dataDir);
    const killedAt = Date.now();
    process.kill(pid, 'SIGKILL');
    expect(await eventually(async () => (await query(server.url, 'select answer from kept')).answer)).toBe(42);
    console.info(`back after ${Date.now() - killedAt} ms`);
    expect(await serverPidOf(dataDir)).not.toBe(pid);
    expect(await cut).toBeInstanceOf(Error);
    await eventually(async () => (messages.includes('Postgres is back') ? true : undefined));
    expect(server.owned).toBe(true);
    await server.stop();
    expect(readFileSync(clusterPaths(dataDir).log, 'utf8')).toContain('database system is shut down');
  });

  it('is noticed by a process that adopted it, too', async () => {
    const dataDir = sandbox.dataDir();
    const owner = sandbox.otherProcess(dataDir);
    await owner.report;
    await owner.kill();
    const heir = await eventually(async () => {
      const next = await startEmbeddedPostgres({ dataDir });
      return next.owned ? next : undefined;
    });
    process.kill(await serverPidOf(dataDir), 'SIGKILL');
    expect(await eventually(async () => (await query(heir.url, 'select 1 as one')).one)).toBe(1);
    await heir.stop();
  });

  it('while its owner is dead as well is repaired by the next start', async () => {
    const dataDir = sandbox.dataDir();
    const owner = sandbox.otherProcess(dataDir);
    await owner.report;
    const pid = await serverPidOf(dataDir);
    await owner.kill();
    process.kill(pid, 'SIGKILL');
    const next = await startEmbeddedPostgres({ dataDir });
    expect(next.owned).toBe(true);
    expect(await query(next.url, 'select 1 as one')).toEqual({ one: 1 });
    await next.stop();
  });

  it('that cannot be repaired ends in a rejection which names the cause', async () => {
    const dataDir = sandbox.dataDir();
    const server = await startEmbeddedPostgres({ dataDir });
    writeFileSync(join(clusterPaths(dataDir).data, 'postgresql.conf'), 'no_such_setting = 1\n');
    process.kill(await serverPidOf(dataDir), 'SIGKILL');
    await expect(server.finished).rejects.toMatchObject({ code: 'start-failed' });
    await server.stop();
  });
});

describe('a stop in progress', () => {
  it('during a restart leaves no server behind', async () => {
    const dataDir = sandbox.dataDir();
    const messages: string[] = [];
    const server = await startEmbeddedPostgres({ dataDir, log: (message) => messages.push(message) });
    process.kill(await serverPidOf(dataDir), 'SIGKILL');
    await eventually(async () => (messages.length > 0 ? true : undefined));
    await server.stop();
    await server.finished;
    await expect(query(server.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
    const next = await startEmbeddedPostgres({ dataDir });
    expect(next.owned).toBe(true);
    await next.stop();
  });

  it('is waited for by a start, which then brings the server up again', async () => {
    const dataDir = sandbox.dataDir();
    const first = await startEmbeddedPostgres({ dataDir });
    const [second] = await Promise.all([startEmbeddedPostgres({ dataDir }), first.stop()]);
    const last = await eventually(async () => {
      const server = second.owned ? second : await startEmbeddedPostgres({ dataDir });
      return (await query(server.url, 'select 1 as one')).one === 1 ? server : undefined;
    });
    await last.stop();
  });
});

describe('a reused pid', () => {
  it.skipIf(!onLinux)('in the start lock does not block a start (needs /proc)', async () => {
    const dataDir = sandbox.dataDir();
    const { root, startLock } = clusterPaths(dataDir);
    mkdirSync(root, { recursive: true });
    // This very process is alive, but it did not start at that time.
    expect(await processStartTime(process.pid)).toMatch(/^[0-9a-f-]+:\d+$/);
    writeFileSync(startLock, JSON.stringify({ pid: process.pid, startTime: 'another boot:1' }));
    const server = await startEmbeddedPostgres({ dataDir });
    expect(existsSync(startLock)).toBe(false);
    await server.stop();
  });

  it.skipIf(!onLinux)('in postmaster.pid does not block a start (needs /proc)', async () => {
    const dataDir = sandbox.dataDir();
    const { data } = clusterPaths(dataDir);
    const first = await startEmbeddedPostgres({ dataDir });
    const file = readFileSync(join(data, 'postmaster.pid'), 'utf8');
    const account = await serverAccountOf(await serverPidOf(dataDir));
    await first.stop();
    const stranger = spawn('sleep', ['60'], { ...account, cwd: '/' });
    try {
      await once(stranger, 'spawn');
      writeFileSync(join(data, 'postmaster.pid'), file.replace(/^\d+/, String(stranger.pid)));
      chownSync(join(data, 'postmaster.pid'), account.uid, account.gid);
      const second = await startEmbeddedPostgres({ dataDir });
      expect(await query(second.url, 'select 1 as one')).toEqual({ one: 1 });
      expect(stranger.exitCode).toBeNull();
      await second.stop();
    } finally {
      stranger.kill();
    }
  });
});

async function serverAccountOf(pid: number): Promise<{ uid: number; gid: number }> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const id = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { uid: id('Uid'), gid: id('Gid') };
}
