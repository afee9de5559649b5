// What the engine relies on, said once and held by both backends. Jobs added one by one keep no order on Postgres.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBulkQueue } from '../create-bulk-queue.ts';
import { startBulkConsumer } from '../start-job-consumer.ts';
import type { BackendUnderTest } from './backend-under-test.ts';
import { type ContractBench, gate, newJob, openContractBench, until } from './contract-bench.ts';
import { jobLossContract } from './job-loss-contract.ts';

const addingContract = ({ withQueue }: ContractBench): void => {
  it('performs an added job once', () =>
    withQueue(async ({ queue, consume, performed }) => {
      const job = newJob();
      await queue.add([job]);
      consume();
      await until(async () => expect(await queue.countJobs()).toEqual({ waiting: 0, active: 0 }));
      expect(performed).toEqual([job]);
    }));

  it('performs every job of a large addition, in the order added', () =>
    withQueue(async ({ queue, consume, performed }) => {
      const jobs = Array.from({ length: 1_200 }, (_, step) => newJob(step));
      await queue.add(jobs);
      consume(undefined, { concurrency: 1 });
      await until(() => expect(performed).toHaveLength(jobs.length), 20_000);
      expect(performed).toEqual(jobs);
    }));

  it('adds the same job once while it waits', () =>
    withQueue(async ({ queue }) => {
      const job = newJob();
      await queue.add([job]);
      await queue.add([job, job]);
      await queue.add(Array.from({ length: 20 }, () => job));
      expect(await queue.countJobs()).toEqual({ waiting: 1, active: 0 });
    }));

  it('adds nothing for a job that is being performed', () =>
    withQueue(async ({ queue, consume, performed }) => {
      const end = gate();
      const job = newJob();
      consume(() => end.opened);
      await queue.add([job]);
      await until(() => expect(performed).toHaveLength(1));
      await queue.add([job]);
      expect(await queue.countJobs()).toEqual({ waiting: 0, active: 1 });
      end.open();
      await until(async () => expect(await queue.countJobs()).toEqual({ waiting: 0, active: 0 }));
      expect(performed).toEqual([job]);
    }));

  it('adds a job again after it was completed', () =>
    withQueue(async ({ queue, consume, performed }) => {
      const job = newJob();
      consume();
      for (const times of [1, 2, 3]) {
        await queue.add([job]);
        await until(() => expect(performed).toHaveLength(times));
        await until(async () => expect(await queue.countJobs()).toEqual({ waiting: 0, active: 0 }));
      }
    }));

  it('drops a job whose perform rejected, so that it can be added again at once', () =>
    withQueue(async ({ queue, consume, performed }) => {
      const errors: Error[] = [];
      const job = newJob();
      consume(
        async () => {
          if (performed.length === 1) throw new TypeError('the log is out of reach');
        },
        { onError: (error) => errors.push(error) },
      );
      await queue.add([job]);
      await until(async () => expect(await queue.countJobs()).toEqual({ waiting: 0, active: 0 }));
      expect(errors.map((error) => error.cause)).toEqual([new TypeError('the log is out of reach')]);
      await queue.add([job]);
      await until(() => expect(performed).toEqual([job, job]));
    }));

  it.each([1, 7, 60])('keeps at most %i jobs in hand', (concurrency) =>
    withQueue(async ({ queue, consume, performed }) => {
      const end = gate();
      let inHand = 0;
      let most = 0;
      consume(
        async () => {
          inHand += 1;
          most = Math.max(most, inHand);
          await end.opened;
          inHand -= 1;
        },
        { concurrency },
      );
      await queue.add(Array.from({ length: concurrency + 10 }, (_, step) => newJob(step)));
      await until(() => expect(performed).toHaveLength(concurrency));
      expect(await queue.countJobs()).toEqual({ waiting: 10, active: concurrency });
      end.open();
      await until(() => expect(performed).toHaveLength(concurrency + 10));
      expect(most).toBe(concurrency);
    }),
  );
};

const stoppingContract = ({ withQueue }: ContractBench): void => {
  it('stop waits for jobs in hand and takes no more', () =>
    withQueue(async ({ queue, consume, performed }) => {
      const end = gate();
      const consumer = consume(() => end.opened, { concurrency: 1 });
      await queue.add([newJob(1), newJob(2)]);
      await until(() => expect(performed).toHaveLength(1));
      const stopped = consumer.stop(30_000);
      end.open();
      await stopped;
      expect(performed).toHaveLength(1);
      expect(await queue.countJobs()).toEqual({ waiting: 1, active: 0 });
    }));

  it('stop aborts the jobs in hand after the grace, and can be called twice', () =>
    withQueue(async ({ queue, consume, performed }) => {
      let reason: unknown;
      const consumer = consume(async (_, signal) => {
        await pause(60_000, undefined, { signal }).catch((error) => {
          reason = error.name;
        });
      });
      await queue.add([newJob()]);
      await until(() => expect(performed).toHaveLength(1));
      await Promise.all([consumer.stop(100), consumer.stop(60_000)]);
      expect(reason).toBe('AbortError');
      expect(await queue.countJobs()).toEqual({ waiting: 0, active: 0 });
    }));
};

const bulkContract = ({ withQueue, under }: ContractBench): void => {
  it('carries bulk work by its id: once while it waits or is performed, and again afterwards', () =>
    withQueue(async ({ name, queue, consumers }) => {
      const bulk = createBulkQueue(under().backend, { name });
      const end = gate();
      const performed: string[] = [];
      await bulk.add(['one', 'two']);
      await bulk.add(['one']);
      const perform = async (id: string) => {
        performed.push(id);
        await end.opened;
      };
      consumers.push(startBulkConsumer(under().backend, perform, { concurrency: 2, name }));
      await until(() => expect(performed.sort()).toEqual(['one', 'two']));
      await bulk.add(['two']);
      expect(await queue.countJobs()).toEqual({ waiting: 0, active: 2 });
      end.open();
      await until(async () => expect(await queue.countJobs()).toEqual({ waiting: 0, active: 0 }));
      await bulk.add(['two']);
      await until(() => expect(performed).toEqual(['one', 'two', 'two']));
      await bulk.close();
    }));
};

export const jobQueueContract = (kind: string, openBackend: () => Promise<BackendUnderTest>): void => {
  describe(`the job queue on ${kind}`, () => {
    const bench = openContractBench(kind, openBackend);
    addingContract(bench);
    stoppingContract(bench);
    bulkContract(bench);
    jobLossContract(bench);
  });
};
