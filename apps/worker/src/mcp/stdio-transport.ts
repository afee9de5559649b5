// Newline-delimited JSON with a server process, started through the guard. Of the SDK's shape, but not the SDK's own:
// that one starts every server twice to find its protocol era, and cannot end a process group.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stdioGuard } from './stdio-guard.ts';

export interface StdioCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  readonly onStderr: (chunk: Buffer) => void;
}

export interface StdioTransport<Message> {
  /** The guard's, which is also the id of the process group. The SDK knows a stdio transport by `pid` and `stderr`. */
  readonly pid: number | undefined;
  readonly stderr: null;
  readonly exitCode: number | null;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: (<M extends Message>(message: M) => void) | undefined;
  start(): Promise<void>;
  send(message: Message): Promise<void>;
  /** Ends the group: the end of stdin, then SIGTERM, then SIGKILL. */
  close(): Promise<void>;
}

// Together they stay below the five seconds in which a host has to be closed.
const afterStdinMs = 1000;
const afterSigtermMs = 1000;
const afterSigkillMs = 500;
const longestLine = 64 * 1024 * 1024;
const isWindows = process.platform === 'win32';

function signalGroup(guard: ChildProcess, signal: NodeJS.Signals): void {
  if (guard.pid === undefined) return;
  try {
    process.kill(isWindows ? guard.pid : -guard.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

async function hasExitedWithin(guard: ChildProcess, ms: number): Promise<boolean> {
  if (guard.exitCode !== null || guard.signalCode !== null) return true;
  try {
    await once(guard, 'exit', { signal: AbortSignal.timeout(ms) });
    return true;
  } catch {
    return false;
  }
}

async function endGroup(guard: ChildProcess): Promise<void> {
  guard.stdin?.end();
  if (await hasExitedWithin(guard, afterStdinMs)) return;
  signalGroup(guard, 'SIGTERM');
  if (await hasExitedWithin(guard, afterSigtermMs)) return;
  signalGroup(guard, 'SIGKILL');
  await hasExitedWithin(guard, afterSigkillMs);
}

function onLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void, onTooLong: () => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > longestLine) onTooLong();
  });
}

function startGuard(): ChildProcess {
  return spawn(process.execPath, ['-e', stdioGuard], {
    env: {},
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    detached: !isWindows,
    windowsHide: true,
  });
}

export function createStdioTransport<Message>({ onStderr, ...command }: StdioCommand): StdioTransport<Message> {
  let guard: ChildProcess | undefined;
  let isClosed = false;
  let closing: Promise<void> | undefined;

  function reportClose(): void {
    if (isClosed) return;
    isClosed = true;
    transport.onclose?.();
  }

  function receive(line: string): void {
    let message: Message;
    try {
      message = JSON.parse(line);
    } catch {
      // Servers print banners to stdout; only JSON is meant for us.
      return;
    }
    transport.onmessage?.(message);
  }

  function attach(child: ChildProcess): void {
    const onerror = (error: Error) => transport.onerror?.(error);
    child.on('error', onerror);
    child.stdin?.on('error', onerror);
    child.stderr?.on('data', onStderr);
    const tooLong = () => {
      onerror(new Error(`a message of the server exceeds ${longestLine} characters`));
      signalGroup(child, 'SIGKILL');
    };
    if (child.stdout) onLines(child.stdout, receive, tooLong);
    child.once('exit', () => {
      // Whatever the server started goes with it. The group's id is still ours: its leader has only just left.
      signalGroup(child, 'SIGKILL');
      // 'close' waits for the pipes, and a process that left the group may hold them for ever.
      setTimeout(reportClose, 1000).unref();
    });
    child.once('close', reportClose);
  }

  const transport: StdioTransport<Message> = {
    stderr: null,
    get pid() {
      return guard?.pid;
    },
    get exitCode() {
      return guard?.exitCode ?? null;
    },
    async start() {
      const child = startGuard();
      guard = child;
      attach(child);
      await once(child, 'spawn');
      // The guard may be gone again before it reads this; 'exit' tells.
      child.send(command, () => {});
    },
    send(message) {
      return new Promise((resolve, reject) => {
        if (!guard?.stdin || isClosed) reject(new Error('Not connected'));
        else guard.stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
      });
    },
    async close() {
      if (guard) closing ??= endGroup(guard);
      await closing;
      reportClose();
    },
  };
  return transport;
}
