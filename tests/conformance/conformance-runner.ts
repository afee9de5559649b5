// The runner of @modelcontextprotocol/conformance, in client mode. It wants Node 22; what it starts as the client runs on this Node.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { peerProgram } from '../support/peers.ts';

const host = join(import.meta.dirname, 'conformance-host.mjs');
const longestMs = 120_000;
const isNewEnough = Number(process.versions.node.split('.')[0]) >= 22;

export interface StartedRunner {
  /** How many scenarios it has begun. */
  readonly scenarios: Promise<number>;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  stop(): void;
}

/** Undefined, and said loudly, where the suite or a Node for it is not installed. */
export const findRunner = (): ((gate: string, ...args: string[]) => StartedRunner) | undefined => {
  const program = peerProgram('@modelcontextprotocol/conformance');
  const node = isNewEnough ? process.execPath : peerProgram(`node-${process.platform}-${process.arch}`);
  if (program === undefined || node === undefined) return undefined;
  return (gate, ...args) => {
    const command = `${process.execPath} ${host} ${gate}`;
    const child = spawn(node, [program, 'client', '--command', command, '--timeout', String(longestMs), ...args]);
    return watch(child);
  };
};

const watch = (child: ChildProcess): StartedRunner => {
  let output = '';
  const scenarios = new Promise<number>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      output += chunk.toString();
      const [begun, count] = /\((\d+) scenarios\) in parallel|Executing client/.exec(output) ?? [];
      if (begun !== undefined) resolve(Number(count ?? 1));
    };
    child.stdout?.on('data', onData);
    child.stderr?.on('data', onData);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`The runner ended before it began:\n${output}`)));
  });
  const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null, output }));
  return { scenarios, ended, stop: () => child.kill('SIGKILL') };
};
