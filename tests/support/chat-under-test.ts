// A chat as a person or a script has it: types, sees what comes after what was seen before, leaves.

import { spawnSync } from 'node:child_process';
import { type ProcessOptions, spawnTurnlog } from './turnlog-process.ts';

export interface ChatUnderTest {
  type(text: string): void;
  /** Waits for something that comes after all that was seen so far. */
  sees(pattern: RegExp): Promise<RegExpExecArray>;
  /** No more will be typed. */
  endInput(): void;
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
  output(): string;
}

const patienceMs = 30_000;

export const startChat = (options: Omit<ProcessOptions, 'hasInput'>): ChatUnderTest => {
  const { child, ended, output } = spawnTurnlog({ ...options, args: ['chat', ...options.args], hasInput: true });
  let seen = 0;
  return {
    ended,
    output,
    type: (text) => void child.stdin?.write(text),
    endInput: () => void child.stdin?.end(),
    signal: (name) => void child.kill(name),
    sees: async (pattern) => {
      const until = performance.now() + patienceMs;
      for (;;) {
        const match = pattern.exec(output().slice(seen));
        if (match !== null) {
          seen += match.index + match[0].length;
          return match;
        }
        if (performance.now() > until || child.exitCode !== null)
          throw new Error(
            `The chat did not say ${pattern} after:\n${output().slice(0, seen)}\n=== but:\n${output().slice(seen)}`,
          );
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
  };
};

const hasProgram = (file: string, ...args: readonly string[]): boolean => spawnSync(file, args, { stdio: 'ignore' }).status === 0;

const setSize = 'stty cols 100 rows 30; exec "$@"';

/** How to start a program in a terminal of its own; undefined, and said loudly, where nothing on this machine can. */
export const findTerminal = (): NonNullable<ProcessOptions['inTerminal']> | undefined => {
  if (process.platform !== 'win32' && hasProgram('python3', '-c', 'import pty')) {
    const spawnInPty = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
    return (command) => ['python3', '-c', spawnInPty, 'sh', '-c', setSize, 'sh', ...command];
  }
  if (process.platform === 'linux' && hasProgram('script', '-qec', 'true', '/dev/null')) {
    const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
    return (command) => ['script', '-qec', `sh -c ${quote(setSize)} sh ${command.map(quote).join(' ')}`, '/dev/null'];
  }
  console.warn('SKIPPED: the tests of the chat at a terminal; they need python3, or `script` of util-linux.');
  return undefined;
};
