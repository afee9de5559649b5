// Hints and token deltas between processes. Nothing here is truth: every reader also polls, so a lost message costs
// time and never correctness.

export interface Progress {
  readonly progress?: number | undefined;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

/** A live piece of one attempt's answer. A new attempt voids the former's; the numbered event replaces them all. */
export interface Delta {
  readonly step: number;
  readonly attempt: number;
  /** From 0, never falls within the attempt. It may jump (deltas were joined) or come again (the pieces of one that was cut). */
  readonly seq: number;
  readonly content?: string;
  readonly reasoning?: string;
  /** Of a tool call: how far its server says that it has come. The latest counts. */
  readonly progress?: Progress;
  readonly toolCall?: { readonly index: number; readonly name?: string; readonly arguments?: string };
}

export type LiveMessage =
  /** The conversation has reached at least this version. */
  | { readonly type: 'version'; readonly conversationId: string; readonly version: number }
  | { readonly type: 'delta'; readonly conversationId: string; readonly delta: Delta };

export interface LiveFeed {
  /** Never rejects and never waits: deltas are coalesced, and dropped where nobody listens. */
  publish(message: LiveMessage): void;
  /** Listens to one conversation; returns how to stop. */
  subscribe(conversationId: string, listener: (message: LiveMessage) => void): () => void;
  /** Listens to the version hints of all conversations. */
  subscribeToVersions(listener: (conversationId: string, version: number) => void): () => void;
  close(): Promise<void>;
}
