// What the queues of single workers add to the common one.
import { randomUUID } from 'node:crypto';
import type { Job } from '@turnlog/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJobQueue } from '../create-job-queue.ts';
import { startJobConsumer } from '../start-job-consumer.ts';
import { createWorkerQueues, workerQueueName } from '../worker-queues.ts';
import type { BackendUnderTest } from './backend-under-test.ts';
import { newJob, until } from './contract-bench.ts';

const silent = (): void => undefined;

export const workerQueuesContract = (kind: string, openBackend: () => Promise<BackendUnderTest>): void => {
  describe(`the queues of single workers on ${kind}`, () => {
    let under: BackendUnderTest;
    const ends: (() => Promise<unknown>)[] = [];
    beforeAll(async () => {
      under = await openBackend();
    });
    afterAll(async () => {
      for (const end of ends.splice(0).reverse()) await end();
      await under.close();
    });
    // Keys of tests that share a Redis are told apart by this word.
    const newWorker = () => `host:7-${randomUUID()}`;
    const open = () => {
      const queues = createWorkerQueues(under.backend, { onError: silent });
      ends.push(() => queues.close());
      return queues;
    };
    const counted = (worker: string) => {
      const queue = createJobQueue(under.backend, { name: workerQueueName(worker), onError: silent });
      ends.push(() => queue.close());
      return queue;
    };
    const consume = (worker: string) => {
      const performed: Job[] = [];
      const consumer = startJobConsumer(under.backend, async (job) => void performed.push(job), {
        concurrency: 2,
        name: workerQueueName(worker),
        onError: silent,
      });
      ends.push(() => consumer.stop(0));
      return performed;
    };

    it('hand a job to the worker that it is meant for, and to no other', async () => {
      const queues = open();
      const [mine, other] = [newWorker(), newWorker()];
      const jobs = [newJob(1), newJob(2)];
      const [performed, byOther] = [consume(mine), consume(other)];

      await queues.add(mine, jobs);
      await queues.add(other, [newJob(3)]);

      await until(() => expect([performed.length, byOther.length]).toEqual([2, 1]));
      expect(performed.map(({ step }) => step).sort()).toEqual([1, 2]);
      await Promise.all([queues.drop(mine), queues.drop(other)]);
    });

    it('take a job that is in another queue under the same id', async () => {
      const queues = open();
      const [a, b] = [newWorker(), newWorker()];
      const job = newJob();

      await Promise.all([queues.add(a, [job]), queues.add(b, [job]), queues.add(b, [job])]);

      expect([await counted(a).countJobs(), await counted(b).countJobs()]).toEqual([
        { waiting: 1, active: 0 },
        { waiting: 1, active: 0 },
      ]);
      await Promise.all([queues.drop(a), queues.drop(b)]);
    });

    it('are empty once they were dropped, and work again', async () => {
      const queues = open();
      const worker = newWorker();
      await queues.add(worker, [newJob(1), newJob(2)]);

      await queues.drop(worker);

      expect(await counted(worker).countJobs()).toEqual({ waiting: 0, active: 0 });
      await queues.drop(worker);
      const performed = consume(worker);
      await queues.add(worker, [newJob(3)]);
      await until(() => expect(performed.map(({ step }) => step)).toEqual([3]));
    });
  });
};
