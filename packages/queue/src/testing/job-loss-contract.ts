// The part of the contract where something dies: a worker, the backend, or all the queue holds.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type ContractBench, gate, newJob, until } from './contract-bench.ts';
import { killDuringJob } from './kill-during-job.ts';

const OUTAGE_MS = 4_000;

export const jobLossContract = (bench: ContractBench): void => {
  const { withQueue, whileAway } = bench;

  it('leaves a job to be performed again within 10 s when its worker was killed', () =>
    withQueue(async ({ name, queue, consume, performed }) => {
      const job = newJob();
      await queue.add([job]);
      const diedAt = await killDuringJob(bench.under().backend, name);
      consume();
      await until(() => expect(performed).toEqual([job]), 15_000);
      const recoveredMs = performance.now() - diedAt;
      console.info(`${bench.kind}: a killed worker's job was performed again after ${(recoveredMs / 1000).toFixed(1)} s`);
      expect(recoveredMs).toBeLessThan(10_000);
    }));

  it('keeps the lock of a job that takes longer than the lock', () =>
    withQueue(async ({ queue, consume, performed }) => {
      const end = gate();
      consume(() => end.opened);
      consume(() => end.opened);
      await queue.add([newJob()]);
      // Two locks and two checks long: without renewal the other consumer would have it by now.
      await pause(14_000);
      expect(performed).toHaveLength(1);
      end.open();
    }));

  it('survives its backend going away and coming back', () =>
    withQueue(async ({ queue, consume, performed }) => {
      consume();
      const [before, meanwhile, after] = [newJob(1), newJob(2), newJob(3)];
      await queue.add([before]);
      await until(() => expect(performed).toEqual([before]));
      await whileAway(async () => {
        const askedAt = performance.now();
        await expect(queue.add([meanwhile])).rejects.toThrow();
        expect(performance.now() - askedAt).toBeLessThan(2_500);
        await pause(OUTAGE_MS);
      });
      const backAt = performance.now();
      await until(() => queue.add([after]));
      await until(() => expect(performed).toContainEqual(after));
      const recoveredMs = performance.now() - backAt;
      console.info(`${bench.kind}: at work ${(recoveredMs / 1000).toFixed(1)} s after the backend came back`);
      expect(recoveredMs).toBeLessThan(5_000);
      expect(performed).toEqual([before, after]);
    }));

  it('starts while its backend is away, and works once it is there', () =>
    withQueue(async ({ queue, consume, performed }) => {
      const job = newJob();
      await whileAway(async () => {
        consume();
        await expect(queue.add([job])).rejects.toThrow();
        await consume().stop(0);
      });
      await until(() => queue.add([job]));
      await until(() => expect(performed).toEqual([job]));
    }));

  it('stops while its backend is away', () =>
    withQueue(async ({ queue, consume, performed }) => {
      const end = gate();
      const consumers = [consume(), consume(() => end.opened)];
      await queue.add([newJob(1), newJob(2)]);
      await until(() => expect(performed).toHaveLength(2));
      await whileAway(async () => {
        end.open();
        const askedAt = performance.now();
        await Promise.all([...consumers.map((consumer) => consumer.stop(0)), queue.close()]);
        expect(performance.now() - askedAt).toBeLessThan(5_000);
      });
    }));

  it('loses nothing but time when it is wiped: what is added again is performed', () =>
    withQueue(async ({ queue, consume, performed }) => {
      const jobs = Array.from({ length: 3 }, (_, step) => newJob(step));
      await queue.add(jobs);
      await bench.under().wipe();
      expect(await queue.countJobs()).toEqual({ waiting: 0, active: 0 });
      consume();
      await queue.add(jobs);
      await until(() => expect(performed).toHaveLength(3));
      await bench.under().wipe();
      await queue.add(jobs);
      await until(() => expect(performed).toHaveLength(6));
      expect(new Set(performed.slice(3))).toEqual(new Set(jobs));
    }));
};
