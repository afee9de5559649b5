// An event with its place in the log.

import type { ConversationEvent } from '../conversation/events.ts';

export type Recorded<E = ConversationEvent> = E & {
  /** Place in the conversation: 1, 2, 3 … without gaps. */
  readonly version: number;
  /** ISO time, milliseconds, UTC; never earlier than the version before it. */
  readonly recordedAt: string;
  readonly schemaVersion: number;
  /** Stands on an append's first event only. */
  readonly commandId?: string;
  /** The command type that caused it, and the request or job it belongs to. */
  readonly causation?: string;
  readonly correlation?: string;
};
