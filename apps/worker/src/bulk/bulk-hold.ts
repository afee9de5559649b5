// Bulk work in hand: who performs it asks and reports through this, and learns by it that it is no longer theirs.

import type { BulkControl, BulkReport, ClaimedBulkWork } from '@turnlog/core';

/** The claim was taken away: whoever has it now goes on from what was reported last. */
export class BulkWorkLost extends Error {
  override readonly name = 'BulkWorkLost';
}

export interface BulkHold {
  readonly work: ClaimedBulkWork;
  /** Aborts when the worker stops, or the claim is lost. */
  readonly signal: AbortSignal;
  /** Stores how far it has come; gives what is asked of it now. Throws BulkWorkLost. */
  report(report: BulkReport): Promise<BulkControl>;
}

/** Carries the work on for a while. Afterwards it is looked at again after so many milliseconds, unless it is over. */
export type BulkPerformer = (hold: BulkHold) => Promise<{ readonly pauseMs: number }>;

/** Long enough to be cheap, short enough that others come to their turn. */
export const sliceMs = 20_000;
