// Where the lines of a chat come from: a person at a terminal, or a pipe.

import type { Terminal } from '../../view/terminal.ts';

export interface AskOptions {
  /** Stands in the line already, to be changed. */
  readonly prefill?: string;
  /** Answered only by what is typed after it was asked, and not kept in the history. */
  readonly isQuestion?: boolean;
  readonly signal?: AbortSignal;
}

export interface ChatInput {
  /** Writes above the prompt while one is open. */
  readonly terminal: Terminal;
  isAsking(): boolean;
  /** The next line, or undefined where no more will come. Rejects with the signal's reason when it aborts. */
  ask(prompt: string, options?: AskOptions): Promise<string | undefined>;
  close(): void;
}
