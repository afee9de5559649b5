import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { clusterPaths } from './cluster-paths.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { createSandbox, eventually, isGone, query, serverPidOf } from './testing/sandbox.ts';

const sandbox = createSandbox();
const onLinux = process.platform === 'linux';
afterEach(() => sandbox.close());

describe('a start', () => {
  it('creates the database in under 4 seconds, opens it again in under 1, and keeps the address and the data', async () => {
    const dataDir = sandbox.dataDir();
    const begun = Date.now();
    const first = await startEmbeddedPostgres({ dataDir });
    const firstMs = Date.now() - begun;
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const again = Date.now();
    const second = await startEmbeddedPostgres({ dataDir });
    const secondMs = Date.now() - again;
    console.info(`first start ${firstMs} ms, later start ${secondMs} ms`);
    expect(firstMs).toBeLessThan(4_000);
    expect(secondMs).toBeLessThan(1_000);
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select answer from kept')).toEqual({ answer: 42 });
    await second.stop();
  });

  it('sets up a durable UTF-8 database in UTC that listens on the loopback address alone', async () => {
    const server = await startEmbeddedPostgres({ dataDir: sandbox.dataDir() });
    const names =
      'fsync synchronous_commit listen_addresses unix_socket_directories timezone server_encoding jit shared_buffers max_connections password_encryption'.split(
        ' ',
      );
    const settings = await query(server.url, `select ${names.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`);
    expect(settings).toEqual({
      fsync: 'on',
      synchronous_commit: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      timezone: 'UTC',
      server_encoding: 'UTF8',
      jit: 'off',
      shared_buffers: '128MB',
      max_connections: '200',
      password_encryption: 'scram-sha-256',
    });
    expect(await query(server.url, 'select current_database() as name')).toEqual({ name: 'turnlog' });
    await expect(query(server.url.replace(/:\w+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password authentication failed/);
    await server.stop();
  });

  it.skipIf(!onLinux)(
    'keeps the password in a private file, and secrets of the user out of the server (needs /proc)',
    async () => {
      process.env.TURNLOG_TEST_SECRET = 'only-ours';
      const dataDir = sandbox.dataDir();
      const server = await startEmbeddedPostgres({ dataDir });
      delete process.env.TURNLOG_TEST_SECRET;
      const { password } = clusterPaths(dataDir);
      expect(statSync(password).mode & 0o777).toBe(0o600);
      const secret = readFileSync(password, 'utf8').trim();
      expect(server.url).toContain(`:${secret}@`);
      const pid = await serverPidOf(dataDir);
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(secret);
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('only-ours');
      await server.stop();
    },
  );

  it.skipIf(!onLinux)('puts the server in a session of its own, out of the reach of Ctrl-C (needs /proc)', async () => {
    const dataDir = sandbox.dataDir();
    const server = await startEmbeddedPostgres({ dataDir });
    const pid = await serverPidOf(dataDir);
    const [, , group, session] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
      .map(Number);
    expect([group, session]).toEqual([pid, pid]);
    await server.stop();
  });

  it('takes another port when the stored one is in use', async () => {
    const dataDir = sandbox.dataDir();
    const first = await startEmbeddedPostgres({ dataDir });
    await first.stop();
    const squatter = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
    try {
      const second = await startEmbeddedPostgres({ dataDir });
      expect(new URL(second.url).port).not.toBe(new URL(first.url).port);
      expect(await query(second.url, 'select 1 as one')).toEqual({ one: 1 });
      await second.stop();
    } finally {
      squatter.close();
    }
  });

  it('works after the folder was moved', async () => {
    const dataDir = sandbox.dataDir();
    const first = await startEmbeddedPostgres({ dataDir });
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const moved = sandbox.dataDir();
    renameSync(dataDir, moved);
    const second = await startEmbeddedPostgres({ dataDir: moved });
    expect(await query(second.url, 'select answer from kept')).toEqual({ answer: 42 });
    await second.stop();
  });
});

describe('two users of one data folder', () => {
  it('share the server: the second attaches, and only the first one stops it', async () => {
    const dataDir = sandbox.dataDir();
    const first = await startEmbeddedPostgres({ dataDir });
    const other = sandbox.otherProcess(dataDir);
    expect(await other.report).toEqual({ url: first.url, owned: false });
    expect(first.owned).toBe(true);
    await other.stop();
    expect(await query(first.url, 'select 1 as one')).toEqual({ one: 1 });
    const pid = await serverPidOf(dataDir);
    await first.stop();
    await first.stop();
    await first.finished;
    expect(await isGone(pid)).toBe(true);
  });

  it('start at the same moment: one creates the cluster and owns the server, the others attach', async () => {
    const dataDir = sandbox.dataDir();
    const all = [1, 2, 3].map(() => sandbox.otherProcess(dataDir));
    const reports = await Promise.all(all.map(({ report }) => report));
    expect(reports.filter(({ owned }) => owned)).toHaveLength(1);
    expect(new Set(reports.map(({ url }) => url)).size).toBe(1);
    const { root, log } = clusterPaths(dataDir);
    expect(readFileSync(log, 'utf8').match(/starting PostgreSQL/g)).toHaveLength(1);
    expect(readdirSync(root).sort()).toEqual(['cluster', 'port', 'postgres.log']);
  });
});

describe('a start that cannot work says why', () => {
  const failure = (dataDir: string) =>
    startEmbeddedPostgres({ dataDir }).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('for a folder that cannot be written', async () => {
    const file = join(sandbox.folder(), 'a-file');
    writeFileSync(file, '');
    expect(await failure(join(file, '.turnlog'))).toMatchObject({
      code: 'data-dir-not-writable',
      message: expect.stringContaining('DATABASE_URL'),
    });
  });

  it('for data of another major version', async () => {
    const dataDir = sandbox.dataDir();
    await (await startEmbeddedPostgres({ dataDir })).stop();
    writeFileSync(join(clusterPaths(dataDir).data, 'PG_VERSION'), '17\n');
    expect(await failure(dataDir)).toMatchObject({
      code: 'incompatible-data',
      message: expect.stringMatching(/made by Postgres 17.*is Postgres 18/),
    });
  });

  it('for a server that refuses to start, with the end of its log', async () => {
    const dataDir = sandbox.dataDir();
    await (await startEmbeddedPostgres({ dataDir })).stop();
    writeFileSync(join(clusterPaths(dataDir).data, 'postgresql.conf'), 'no_such_setting = 1\n');
    expect(await failure(dataDir)).toMatchObject({ code: 'start-failed', message: expect.stringContaining('no_such_setting') });
    expect(readdirSync(dirname(clusterPaths(dataDir).startLock))).not.toContain('start.lock');
  });
});

describe('stop', () => {
  it('ends a server whose client sits in an open transaction', async () => {
    const dataDir = sandbox.dataDir();
    const server = await startEmbeddedPostgres({ dataDir });
    const held = query(server.url, 'begin; select pg_sleep(60)').catch((error: unknown) => error);
    await eventually(async () =>
      (
        await query(
          server.url,
          "select count(*)::int as n from pg_stat_activity where query like '%pg_sleep(60)' and state = 'active'",
        )
      ).n === 1
        ? true
        : undefined,
    );
    await server.stop();
    expect(await held).toMatchObject({ code: '57P01' });
  });
});
