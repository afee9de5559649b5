// Bulk work: what one request asks of many conversations (a batch, an export, a backtest). It is a row that workers take in turns:
// what is done stands beside it, so whoever takes it next goes on where the last one stopped.

export const bulkKinds = ['batch', 'export', 'backtest'] as const;
export type BulkKind = (typeof bulkKinds)[number];

/** `waiting`: all that is left waits for people. `paused`: its budget is spent. */
export type BulkPhase = 'queued' | 'running' | 'waiting' | 'paused' | 'completed' | 'failed' | 'cancelled';

export const openBulkPhases: readonly BulkPhase[] = ['queued', 'running', 'waiting'];

/** What is asked of bulk work while it is under way. */
export interface BulkControl {
  readonly isCancelled: boolean;
  /** In place of the one it began with. */
  readonly budget?: unknown;
}

export interface BulkWork {
  readonly id: string;
  readonly kind: BulkKind;
  readonly phase: BulkPhase;
  /** What was asked, in short: for people and lists. */
  readonly about: unknown;
  readonly control: BulkControl;
  /** How far it has come; whoever takes it next begins here. */
  readonly progress?: unknown;
  readonly result?: unknown;
  /** Why it failed, in words. */
  readonly failure?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Held by one worker, as long as its lease lives. */
export interface ClaimedBulkWork extends BulkWork {
  readonly claim: string;
  /** What was asked, whole. */
  readonly request: unknown;
}

/** One part of the work that is done: never done again. */
export interface BulkItem {
  readonly item: string;
  readonly result: unknown;
}

export interface BulkReport {
  readonly phase?: BulkPhase;
  readonly progress?: unknown;
  readonly result?: unknown;
  readonly failure?: string;
  /** In place of the former one: what need not be kept any longer is left out. */
  readonly request?: unknown;
  /** Stored in the same statement as the progress that counts them. */
  readonly items?: readonly BulkItem[];
}

export interface NewBulkWork extends Pick<BulkWork, 'id' | 'kind' | 'about'> {
  readonly request: unknown;
  /** Of what was asked: the same id with another one is refused. */
  readonly fingerprint: string;
}

export interface BulkLedger {
  /** False: it is there already, asked with the same words. Throws CommandRejected (`key_reused`) where with others. */
  create(work: NewBulkWork): Promise<boolean>;
  find(kind: BulkKind, id: string): Promise<BulkWork | undefined>;
  /** Newest first. A malformed cursor throws an InvalidCursor. */
  list(
    kind: BulkKind,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly items: readonly BulkWork[]; readonly nextCursor: string | null }>;
  /** Asks open or paused work to end, or to go on with another budget. Work that has ended is given as it is. */
  steer(kind: BulkKind, id: string, wish: Partial<BulkControl>): Promise<BulkWork | undefined>;
  /** Items in the order of their names, after `after`. */
  items(id: string, page: { readonly after?: string; readonly limit: number }): Promise<readonly BulkItem[]>;

  /** Ids of open work of these kinds that is due and that no living worker holds, the oldest first. */
  due(kinds: readonly BulkKind[], limit: number): Promise<readonly string[]>;
  /** Undefined: it is of another kind, not open, or held by a living worker. */
  claim(
    id: string,
    holder: { readonly worker: string; readonly claim: string; readonly kinds: readonly BulkKind[] },
  ): Promise<ClaimedBulkWork | undefined>;
  /** Undefined: the claim is no longer granted, and nothing was written. */
  report(claim: string, report: BulkReport): Promise<BulkControl | undefined>;
  /** Lets others have it, not before `pauseMs` have passed. */
  release(claim: string, pauseMs: number): Promise<void>;
  /** Lets go of what this worker holds under other claims than these: it has lost sight of it. */
  releaseOthers(worker: string, claims: readonly string[]): Promise<void>;
}

/** The queue of bulk work: ids only, as disposable as the one of steps. */
export interface BulkQueue {
  /** Adds work; what already waits or is being performed is left as it is. Rejects when the queue is out of reach. */
  add(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
