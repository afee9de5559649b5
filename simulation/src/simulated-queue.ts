// A queue as bad as a queue may be: it loses, doubles, delays and reorders jobs, gives one to a second worker while the
// first still has it, and can be wiped.

import { type Job, jobId } from '@turnlog/core';
import type { Coverage } from './coverage.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimulatedProcess } from './simulated-process.ts';

export interface Consumer {
  readonly process: SimulatedProcess;
  readonly perform: (job: Job) => Promise<void>;
  readonly concurrency: number;
}

export interface SimulatedQueue {
  /** As the queue's own server does it: no wire, no error. */
  add(jobs: readonly Job[]): void;
  /** Starts giving jobs to this worker; returns how to stop. */
  consume(consumer: Consumer): () => void;
  wipe(): void;
  /** Conversations whose jobs were in it when it was wiped. */
  readonly wiped: ReadonlySet<string>;
  /** The lock of a worker that does not renew it runs out: its jobs are given to others. */
  stall(process: SimulatedProcess): void;
}

interface Parts {
  readonly scheduler: Scheduler;
  readonly coverage: Coverage;
  readonly faults: Faults;
  readonly random: Random;
}

interface InHand {
  readonly job: Job;
  readonly consumer: Consumer;
}

/** How often the queue itself gives a job again that could not be performed: infrastructure only. */
const maxDeliveries = 3;

export const createSimulatedQueue = ({ scheduler, coverage, faults, random }: Parts): SimulatedQueue => {
  let waiting: { readonly job: Job; readonly delivery: number }[] = [];
  const inHand = new Set<InHand>();
  const consumers = new Set<Consumer>();
  const wiped = new Set<string>();

  const isKnown = (job: Job) =>
    waiting.some((other) => jobId(other.job) === jobId(job)) || [...inHand].some((held) => jobId(held.job) === jobId(job));
  const enqueue = (job: Job, delivery: number) => {
    waiting.push({ job, delivery });
    scheduler.after(faults.strikes('job delayed') ? random.between(500, 10_000) : random.between(1, 10), pump);
  };
  const take = () => {
    const isReordered = waiting.length > 1 && faults.strikes('job reordered');
    return waiting.splice(isReordered ? random.between(1, waiting.length - 1) : 0, 1)[0];
  };
  const pump = () => {
    for (;;) {
      const free = [...consumers].filter((one) => [...inHand].filter((held) => held.consumer === one).length < one.concurrency);
      const next = free.length === 0 ? undefined : take();
      if (next === undefined) return;
      give(next.job, next.delivery, random.pick(free));
    }
  };
  const give = (job: Job, delivery: number, consumer: Consumer) => {
    const held: InHand = { job, consumer };
    inHand.add(held);
    const end = () => {
      if (inHand.delete(held)) pump();
    };
    const failed = () => {
      const isOurs = inHand.has(held);
      end();
      if (isOurs && delivery < maxDeliveries) scheduler.after(1_000, () => enqueue(job, delivery + 1));
    };
    consumer.process.deliver(() => void consumer.perform(job).then(end, failed));
  };
  const stall = (process: SimulatedProcess) => {
    for (const held of [...inHand]) {
      if (held.consumer.process !== process) continue;
      inHand.delete(held);
      if (random.chance(0.3)) continue;
      coverage.count('job stalled and taken again');
      enqueue(held.job, 1);
    }
  };
  return {
    add: (jobs) => {
      for (const job of jobs) {
        if (isKnown(job) || faults.strikes('job dropped')) continue;
        enqueue(job, 1);
        if (faults.strikes('job duplicated')) enqueue(job, 1);
      }
    },
    consume: (consumer) => {
      consumers.add(consumer);
      pump();
      consumer.process.onCrash(() => {
        consumers.delete(consumer);
        scheduler.after(random.between(2_000, 15_000), () => stall(consumer.process));
      });
      return () => void consumers.delete(consumer);
    },
    wipe: () => {
      if (waiting.length + inHand.size > 0) coverage.count('queue wiped');
      for (const { job } of [...waiting, ...inHand]) wiped.add(job.conversationId);
      waiting = [];
      inHand.clear();
    },
    wiped,
    stall,
  };
};
