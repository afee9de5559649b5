// Takes the contents of conversations out of the log for good. The one thing that changes what was recorded, so it
// stands apart from the event store: a conversation is erased only once its tombstone (`ConversationErased`) is in the log.

/** A fork that reads events of another conversation. */
export interface PrefixReader {
  readonly id: string;
  /** Its tombstone is in the log, its contents may not be gone yet. */
  readonly isErased: boolean;
}

/** A tombstone without what should have followed it. */
export interface UnfinishedErasure {
  readonly id: string;
  /** What was to become of the forks that read it. */
  readonly forks: 'detach' | 'erase';
}

export interface Erasure {
  /** The forks, and forks of forks, whose prefix holds events of this conversation. */
  readersOf(conversationId: string): Promise<readonly PrefixReader[]>;
  /**
   * Blanks every event before the tombstone into a tombstone of its own; contents, hashes and command fingerprints go,
   * versions and times stay, and of a fork where it came from. Readers that are not erased get the prefix as their own
   * first, and their ids are given. Repeating it is safe.
   */
  erase(conversationId: string): Promise<{ readonly detached: readonly string[] }>;
  /** Those whose contents are still there, oldest tombstones first. Whoever takes one on has it to itself for a while. */
  takeUnfinished(options: {
    /** ISO 8601. Neither told nor taken on since. */
    readonly toldBefore: string;
    readonly now: string;
    readonly limit: number;
  }): Promise<readonly UnfinishedErasure[]>;
}
