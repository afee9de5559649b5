// What was said, as an append-only chain: adding is O(1), older states share it, and rolling back is keeping an older link.

import type { Failure } from './failure.ts';
import type { AssistantMessage, ToolResult } from './messages.ts';

/** An MCP session that is gone. `render-answer.ts` says what the causes are to the model. */
export interface McpSessionLoss {
  readonly server: string;
  readonly cause: string;
}

/** How a tool call was answered, as the log knows it. `render-answer.ts` says what the model reads. */
export type ToolAnswer =
  | {
      readonly type: 'returned';
      readonly result: ToolResult;
      /** The server had lost what it held for the conversation before it gave this result. */
      readonly lostSession?: McpSessionLoss;
    }
  | { readonly type: 'refused'; readonly reason: 'unknown_tool' | 'bad_arguments' | 'policy'; readonly message: string }
  | { readonly type: 'rejected'; readonly reason?: string }
  /** The tool was never reached. */
  | { readonly type: 'failed'; readonly failure: Failure }
  /** The call was sent and may have happened. */
  | { readonly type: 'unknown' }
  | { readonly type: 'cancelled'; readonly cause: 'requested' | 'interrupted' | 'failed' | 'forked'; readonly started: boolean };

export type Entry =
  | { readonly kind: 'system'; readonly version: number; readonly content: string }
  | { readonly kind: 'user'; readonly version: number; readonly turn: number; readonly content: string }
  | {
      readonly kind: 'assistant';
      readonly version: number;
      readonly turn: number;
      readonly step: number;
      readonly message: AssistantMessage;
    }
  | {
      readonly kind: 'tool';
      readonly version: number;
      readonly turn: number;
      readonly step: number;
      readonly callId: string;
      readonly name: string;
      readonly answer: ToolAnswer;
    };

export interface Transcript {
  readonly entry: Entry;
  readonly before: Transcript | undefined;
}

export const append = (transcript: Transcript | undefined, entry: Entry): Transcript => ({ entry, before: transcript });

/** Oldest first. */
export const entriesOf = (transcript: Transcript | undefined): readonly Entry[] => {
  const entries: Entry[] = [];
  for (let link = transcript; link !== undefined; link = link.before) entries.push(link.entry);
  return entries.reverse();
};
