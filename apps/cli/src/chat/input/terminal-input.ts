// A person at a terminal. The line editor lives all the time, so that Ctrl-C is a key and no signal (which would also reach
// every child process); it is silent while nothing is asked. What is typed meanwhile waits for the next prompt.

import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import { PassThrough, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Terminal } from '../../view/terminal.ts';
import type { AskOptions, ChatInput } from './chat-input.ts';
import { createPasteReader, joinLines, markNoPastes, markPastes, splitLines } from './paste-reader.ts';

export interface TerminalInputOptions {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly terminal: Terminal;
  /** Ctrl-C in an empty line, or while nothing is asked. */
  readonly onInterrupt: () => void;
  /** Ctrl-C that cleared a line. */
  readonly onCleared: () => void;
}

interface Asking {
  readonly isQuestion: boolean;
  readonly end: (line: string | undefined) => void;
}

export const createTerminalInput = ({ stdin, stdout, terminal, onInterrupt, onCleared }: TerminalInputOptions): ChatInput => {
  const screen = createScreen(stdout);
  const editor = createEditor(stdin, screen);
  stdout.write(markPastes);
  let asking: Asking | undefined;
  let isClosed = false;
  const typedAhead: string[] = [];
  const paper = createPaperAbove(stdout, terminal, editor, () => asking !== undefined);

  const close = () => {
    if (isClosed) return;
    isClosed = true;
    stdout.write(markNoPastes);
    editor.close();
    asking?.end(undefined);
  };
  editor.on('line', (line) => (asking === undefined ? typedAhead.push(line) : asking.end(line)));
  editor.on('history', (history) => {
    if (asking?.isQuestion) history.shift();
  });
  editor.on('close', close);
  editor.on('SIGINT', () => {
    if (asking !== undefined && takeLine(editor) !== '') onCleared();
    else onInterrupt();
  });

  const ask = (prompt: string, { prefill = '', isQuestion = false, signal }: AskOptions = {}) =>
    new Promise<string | undefined>((resolve, reject) => {
      signal?.throwIfAborted();
      const waiting = isQuestion ? undefined : typedAhead.shift();
      if (waiting !== undefined) terminal.line(`${prompt}${waiting}`);
      if (waiting !== undefined || isClosed) return resolve(waiting === undefined ? undefined : splitLines(waiting));
      const unfinished = isQuestion ? takeLine(editor) : '';
      const end = () => {
        asking = undefined;
        screen.mute();
        signal?.removeEventListener('abort', withdraw);
        if (unfinished !== '' && !isClosed) editor.write(unfinished);
        paper.flush();
      };
      const withdraw = () => {
        paper.erasePrompt();
        screen.mute();
        takeLine(editor);
        end();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', withdraw, { once: true });
      asking = {
        isQuestion,
        end: (line) => {
          end();
          resolve(line === undefined ? undefined : splitLines(line));
        },
      };
      screen.unmute();
      showPrompt(editor, prompt);
      if (prefill !== '') editor.write(joinLines(prefill));
    });
  return { terminal: paper.terminal, isAsking: () => asking !== undefined, ask, close };
};

interface Screen extends Writable {
  mute(): void;
  unmute(): void;
}

const createScreen = (stdout: WriteStream): Screen => {
  let isMuted = true;
  const screen = new Writable({
    decodeStrings: false,
    write: (chunk, _, done) => {
      if (!isMuted) stdout.write(chunk);
      done();
    },
  });
  Object.defineProperty(screen, 'columns', { get: () => stdout.columns });
  stdout.on('resize', () => screen.emit('resize'));
  return Object.assign(screen, {
    mute: () => {
      isMuted = true;
    },
    unmute: () => {
      isMuted = false;
    },
  });
};

/** Pastes go into the line at once: key by key, a long one takes seconds. */
const createEditor = (stdin: ReadStream, screen: Writable): Interface => {
  const keys = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => stdin.setRawMode(isRaw) });
  const editor = createInterface({
    input: keys,
    output: screen,
    terminal: true,
    historySize: 500,
    removeHistoryDuplicates: true,
  });
  const decoder = new StringDecoder('utf8');
  const readPieces = createPasteReader();
  const onData = (chunk: Buffer) => {
    for (const { type, text } of readPieces(decoder.write(chunk)))
      if (type === 'paste') editor.write(text);
      else keys.emit('data', Buffer.from(text));
  };
  stdin.on('data', onData);
  stdin.once('end', () => editor.close());
  editor.once('close', () => {
    stdin.off('data', onData);
    stdin.pause();
  });
  return editor;
};

/** Takes out what stands in the line. */
const takeLine = (editor: Interface): string => {
  const { line } = editor;
  editor.write(null, { ctrl: true, name: 'e' });
  editor.write(null, { ctrl: true, name: 'u' });
  return line;
};

const showPrompt = (editor: Interface, prompt: string): void => {
  // The editor would move up by the rows that its line had when it was last drawn: they belong to other text by now.
  Object.assign(editor, { prevRows: 0 });
  editor.setPrompt(prompt);
  editor.prompt(true);
};

/** While a prompt is open, whole lines are written above it; a line that has not ended yet waits. */
const createPaperAbove = (stdout: WriteStream, terminal: Terminal, editor: Interface, isAsking: () => boolean) => {
  let unfinished = '';
  const erasePrompt = () => {
    moveCursor(stdout, 0, -editor.getCursorPos().rows);
    cursorTo(stdout, 0);
    clearScreenDown(stdout);
  };
  const write = (text: string) => {
    if (!isAsking()) return terminal.write(text);
    const end = (unfinished + text).lastIndexOf('\n') + 1;
    const lines = (unfinished + text).slice(0, end);
    unfinished = (unfinished + text).slice(end);
    if (lines === '') return;
    erasePrompt();
    terminal.write(lines);
    showPrompt(editor, editor.getPrompt());
  };
  return {
    erasePrompt,
    flush: () => {
      if (unfinished !== '') terminal.write(unfinished);
      unfinished = '';
    },
    terminal: { ...terminal, write, line: (text = '') => write(`${text}\n`) } satisfies Terminal,
  };
};
