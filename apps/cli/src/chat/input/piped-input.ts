// Lines from a pipe or a file: each is a message, a command, or the answer to the question that comes next.

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Terminal } from '../../view/terminal.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { ChatInput } from './chat-input.ts';

export const createPipedInput = (stream: Readable, terminal: Terminal): ChatInput => {
  const reading = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  const lines = reading[Symbol.asyncIterator]();
  /** A line that was waited for when a question was withdrawn answers the next one. */
  let next: Promise<IteratorResult<string, undefined>> | undefined;
  const paper = createPaperBelow(terminal);
  return {
    terminal: paper.terminal,
    isAsking: paper.isOpen,
    ask: async (prompt, { signal } = {}) => {
      next ??= lines.next();
      paper.open(prompt);
      const { value } = await unlessAborted(next, signal).catch((error: unknown) => {
        paper.close('');
        throw error;
      });
      next = undefined;
      paper.close(value ?? '');
      return value;
    },
    close: () => reading.close(),
  };
};

/** The answer is written behind the prompt, as a terminal would have echoed it: a transcript reads as the chat did. */
const createPaperBelow = (terminal: Terminal) => {
  let openPrompt: string | undefined;
  let isInterrupted = false;
  const write = (text: string) => {
    if (openPrompt !== undefined && !isInterrupted) terminal.line();
    isInterrupted = true;
    terminal.write(text);
  };
  return {
    isOpen: () => openPrompt !== undefined,
    open: (prompt: string) => {
      terminal.write(prompt);
      openPrompt = prompt;
      isInterrupted = false;
    },
    close: (answer: string) => {
      if (isInterrupted && answer !== '') terminal.write(openPrompt ?? '');
      if (!isInterrupted || answer !== '') terminal.line(answer);
      openPrompt = undefined;
    },
    terminal: { ...terminal, write, line: (text = '') => write(`${text}\n`) } satisfies Terminal,
  };
};
