import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { createJobQueue } from './create-job-queue.ts';
import type { QueueBackend } from './queue-backend.ts';
import { startJobConsumer } from './start-job-consumer.ts';
import { newJob, until } from './testing/contract-bench.ts';

const url = process.env.TURNLOG_TEST_REDIS_URL;
if (url === undefined) console.warn('SKIPPED: two databases on one Redis; no Redis could be had');

describe.skipIf(url === undefined)('two databases on one Redis', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const backendOf = (database: string): QueueBackend => ({ kind: 'redis', url: url ?? '', database });
  const consume = (backend: QueueBackend): readonly string[] => {
    const performed: string[] = [];
    const consumer = startJobConsumer(backend, async ({ conversationId }) => void performed.push(conversationId), {
      concurrency: 2,
    });
    ends.push(() => consumer.stop(1_000));
    return performed;
  };

  it('have each their own jobs, under the same names', async () => {
    const [one, other] = [backendOf(randomUUID()), backendOf(randomUUID())];
    const [byOne, byOther] = [consume(one), consume(other)];
    const jobs = Array.from({ length: 20 }, () => [newJob(), newJob()] as const);
    for (const [index, backend] of [one, other].entries()) {
      const queue = createJobQueue(backend);
      ends.push(() => queue.close());
      await queue.add(jobs.map((pair) => pair[index] ?? newJob()));
    }
    await until(() => expect([byOne.length, byOther.length]).toEqual([jobs.length, jobs.length]));
    expect([...byOne].sort()).toEqual(jobs.map(([{ conversationId }]) => conversationId).sort());
    expect([...byOther].sort()).toEqual(jobs.map(([, { conversationId }]) => conversationId).sort());
  });
});
