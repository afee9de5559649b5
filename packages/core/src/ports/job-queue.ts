// The queue is disposable: a job is a hint that an attempt is due, the log decides whether it still is.

/** "Perform this attempt." Carries ids only. */
export interface Job {
  readonly conversationId: string;
  readonly step: number;
  readonly attempt: number;
}

/** Unique for an attempt, so that adding it twice while it waits is one job. BullMQ refuses `:` in ids. */
export const jobId = (job: Job): string => `${job.conversationId}-${job.step}-${job.attempt}`;

export interface JobQueue {
  /** Adds jobs; one that already waits or is being performed is left as it is. Rejects when the queue is out of reach. */
  add(jobs: readonly Job[]): Promise<void>;
  close(): Promise<void>;
}
