import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createJobQueue } from './create-job-queue.ts';
import { prepareQueue } from './prepare-queue.ts';
import { startJobConsumer } from './start-job-consumer.ts';

const binary = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);
if (binary === undefined) console.warn('SKIPPED: the queue on a Redis that is killed; no redis-server is installed');

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

describe.skipIf(binary === undefined)('the queue on a Redis of its own', () => {
  let port: number;
  let server: ChildProcess;
  const backend = () => ({ kind: 'redis', url: `redis://127.0.0.1:${port}`, database: 'restarted' }) as const;

  const start = async (): Promise<void> => {
    const args = [
      '--port',
      String(port),
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      tmpdir(),
      '--maxmemory-policy',
      'allkeys-lru',
    ];
    server = spawn(binary ?? '', args, { stdio: 'ignore' });
    await vi.waitFor(() => prepareQueue(backend(), { onWarning: () => undefined }), 5_000);
  };
  const kill = async (): Promise<void> => {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };

  beforeAll(async () => {
    port = await freePort();
    await start();
  });
  afterAll(() => kill());

  it('warns loudly of a policy that may evict jobs', async () => {
    const warnings: string[] = [];
    await prepareQueue(backend(), { onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([expect.stringContaining('maxmemory-policy is allkeys-lru')]);
  });

  it('refuses to be prepared when Redis is out of reach, and says why', async () => {
    await expect(prepareQueue({ ...backend(), url: `redis://127.0.0.1:${await freePort()}` })).rejects.toThrow('ECONNREFUSED');
  });

  it('goes on after Redis was killed and came back empty', async () => {
    const name = `killed-${randomUUID()}`;
    const performed: number[] = [];
    const queue = createJobQueue(backend(), { name, onError: () => undefined });
    const consumer = startJobConsumer(backend(), async (job) => void performed.push(job.step), {
      concurrency: 2,
      name,
      onError: () => undefined,
    });
    const add = (step: number) => queue.add([{ conversationId: 'a-conversation', step, attempt: 1 }]);
    try {
      await add(1);
      await vi.waitFor(() => expect(performed).toEqual([1]));
      await kill();
      await expect(add(2)).rejects.toThrow();
      await start();
      await vi.waitFor(() => add(3), 5_000);
      await vi.waitFor(() => expect(performed).toEqual([1, 3]), 5_000);
    } finally {
      await Promise.all([consumer.stop(0), queue.close()]);
    }
  });
});
