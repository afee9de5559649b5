// Open work and leases, on database time. What `append` writes into open work, the reconciler reads here.

export interface DueWork {
  readonly conversationId: string;
  readonly step: number;
  readonly attempt: number;
}

/** An attempt whose worker's lease has ended: another command may now lose it. */
export interface OrphanedAttempt extends DueWork {
  readonly claim: string;
}

export interface WorkLedger {
  /** Unclaimed work that is due, oldest first. */
  due(limit: number): Promise<readonly DueWork[]>;
  orphaned(limit: number): Promise<readonly OrphanedAttempt[]>;
  /**
   * Creates or renews this worker's lease for `ttlMs` of database time, and says which claims the log still grants it:
   * an attempt whose claim is missing was cancelled or lost, and must be aborted.
   */
  renewLease(worker: string, ttlMs: number): Promise<readonly string[]>;
  /** Ends the lease at once: what this worker still holds is orphaned. */
  endLease(worker: string): Promise<void>;
}
