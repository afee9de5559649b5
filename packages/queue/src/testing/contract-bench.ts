// The fixtures of the contract: each test has a queue of its own and leaves no connection behind.
import { randomUUID } from 'node:crypto';
import type { Job } from '@turnlog/core';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { createJobQueue } from '../create-job-queue.ts';
import { type JobConsumer, type JobConsumerOptions, type PerformJob, startJobConsumer } from '../start-job-consumer.ts';
import type { BackendUnderTest } from './backend-under-test.ts';

const silent = (): void => undefined;

export const newJob = (step = 1): Job => ({ conversationId: randomUUID(), step, attempt: 1 });

export const until = (fact: () => void | Promise<void>, timeout = 10_000) => vi.waitFor(fact, { timeout, interval: 20 });

/** A promise with its key. */
export const gate = () => {
  let open = silent;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
};

const openFresh = (under: BackendUnderTest) => {
  const name = `contract-${randomUUID()}`;
  const queue = createJobQueue(under.backend, { name, onError: silent });
  const consumers: JobConsumer[] = [];
  const performed: Job[] = [];
  const consume = (perform: PerformJob = async () => undefined, options: Partial<JobConsumerOptions> = {}) => {
    const recorded: PerformJob = async (job, signal) => {
      performed.push(job);
      await perform(job, signal);
    };
    const consumer = startJobConsumer(under.backend, recorded, { concurrency: 4, name, onError: silent, ...options });
    consumers.push(consumer);
    return consumer;
  };
  return { name, queue, consumers, performed, consume };
};

/** To be called inside a `describe`: opens the backend before its tests and closes it after them. */
export const openContractBench = (kind: string, openBackend: () => Promise<BackendUnderTest>) => {
  let opened: BackendUnderTest | undefined;
  const under = (): BackendUnderTest => {
    if (opened === undefined) throw new Error('The backend under test is not open yet');
    return opened;
  };
  beforeAll(async () => {
    opened = await openBackend();
  });
  afterAll(() => opened?.close());

  const withQueue = async (use: (fresh: ReturnType<typeof openFresh>) => Promise<void>): Promise<void> => {
    const fresh = openFresh(under());
    try {
      await use(fresh);
    } finally {
      await Promise.all([...fresh.consumers.map((consumer) => consumer.stop(0)), fresh.queue.close()]);
    }
    await until(() => expect(under().proxy.connections()).toBe(0));
  };

  const whileAway = async (use: () => Promise<void>): Promise<void> => {
    await under().proxy.goAway();
    await use().finally(() => under().proxy.comeBack());
  };

  return { kind, under, withQueue, whileAway };
};

export type ContractBench = ReturnType<typeof openContractBench>;
