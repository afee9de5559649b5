// A real `turnlog` process of the built program, as a user or a container starts it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const turnlog = join(import.meta.dirname, '../../apps/cli/dist/main.js');

export interface TurnlogProcess {
  readonly child: ChildProcess;
  /** Set once the process has said that its API listens. */
  readonly url: string;
  readonly token: string;
  output(): string;
  /** Sends the signal and waits for the end; gives the exit code, or null after a kill. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ProcessOptions {
  /** Another program than the built command. */
  readonly program?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Gives its stdin a pipe, which the test writes into and ends. */
  readonly hasInput?: boolean;
  /** Gives it a terminal: what starts it in one. */
  readonly inTerminal?: (command: readonly string[]) => readonly string[];
}

/** With the folder in which each was started. */
const started = new Map<ChildProcess, string>();

/** Kills what a failed test has left; with `folder`, only what was started there: another test may still need the rest. */
export const endAllProcesses = async (folder?: string): Promise<void> => {
  for (const [child, cwd] of started) {
    if (folder !== undefined && folder !== cwd) continue;
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    started.delete(child);
  }
};

/** The environment of a person who has set nothing of ours. */
const cleanEnvironment = (): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(TURNLOG_|DATABASE_URL|REDIS_URL|OPENAI_|HF_|npm_|INIT_CWD|VITEST|NODE_ENV|LOG_LEVEL)/.test(name),
    ),
  );

export const spawnTurnlog = ({
  program = turnlog,
  args,
  cwd,
  env = {},
  hasInput = false,
  inTerminal = (command) => command,
}: ProcessOptions) => {
  const [file = '', ...words] = inTerminal([process.execPath, program, ...args]);
  const child = spawn(file, words, {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  if (child.stdout === null || child.stderr === null) throw new Error('unreachable');
  started.set(child, cwd);
  let text = '';
  const ended = once(child, 'exit').then(([code]) => {
    started.delete(child);
    return code as number | null;
  });
  const waiting = new Set<() => void>();
  const onData = (chunk: Buffer) => {
    text += chunk.toString();
    for (const wake of waiting) wake();
  };
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(text);
      if (match) return match;
      const isOver = await Promise.race([
        ended.then(() => true),
        new Promise<boolean>((resolve) => waiting.add(() => resolve(false))),
      ]);
      if (isOver && !pattern.test(text)) throw new Error(`turnlog ${args.join(' ')} ended before it said ${pattern}:\n${text}`);
    }
  };
  return { child, ended, said, output: () => text };
};

/** Starts a process and waits until it is ready. */
export const startProcess = async (options: ProcessOptions): Promise<TurnlogProcess> => {
  const spawned = spawnTurnlog(options);
  await spawned.said(/Ctrl-C stops/);
  const [, url = '', token = ''] = /Open\s+(\S+)\/\?token=(\S+)/.exec(spawned.output()) ?? [];
  return {
    child: spawned.child,
    url,
    token,
    output: spawned.output,
    end: async (signal = 'SIGTERM') => {
      spawned.child.kill(signal);
      return spawned.ended;
    },
  };
};

/** A command that ends by itself. */
export const runTurnlog = async (options: ProcessOptions): Promise<{ readonly code: number | null; readonly output: string }> => {
  const spawned = spawnTurnlog(options);
  const code = await spawned.ended;
  return { code, output: spawned.output() };
};
