// A database, a folder and a Redis of their own, and one process after the other on them, each of which is killed.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createTestDatabase } from '@turnlog/db/testing';
import { expect } from 'vitest';
import type { Semaphore } from '../../apps/worker/src/mcp/semaphore.ts';
import { createApiClient, poll } from './api-client.ts';
import type { Backend } from './backends.ts';
import type { Story } from './crash-stories.ts';
import type { HttpCounter } from './http-counter.ts';
import type { ScriptedModel } from './scripted-model.ts';
import { endAllProcesses, startProcess, type TurnlogProcess } from './turnlog-process.ts';
import { createWorkspace } from './workspace.ts';

export interface StartedProcess extends TurnlogProcess {
  readonly startMs: number;
}

export interface CrashLane {
  start(...args: readonly (string | undefined)[]): Promise<StartedProcess>;
  arm(victim: TurnlogProcess): Promise<void>;
  /** Plays until the process is gone. Where the story came to its end instead, the point was never reached. */
  untilKilled(victim: TurnlogProcess, story: Story, key: string, point: string): Promise<void>;
  close(): Promise<void>;
}

export interface CrashLaneOptions {
  readonly program: string;
  readonly backend: Backend;
  readonly counter: HttpCounter;
  readonly model: ScriptedModel;
  /** How many processes may start at once. */
  readonly starts: Semaphore;
  readonly env?: Readonly<Record<string, string>>;
}

const longestMs = 60_000;

export const openCrashLane = async (options: CrashLaneOptions): Promise<CrashLane> => {
  const { program, backend, counter, model, starts } = options;
  const workspace = await createWorkspace();
  const database = await createTestDatabase();
  await workspace.writeConfig({
    mcpServers: { counter: { url: counter.url } },
    models: { scripted: { baseUrl: model.baseUrl, model: 'qwen3' } },
  });
  const env = {
    DATABASE_URL: database.url,
    TURNLOG_TOKEN: 'test-token-of-this-suite',
    ...backend.env(),
    ...options.env,
  };
  const start = async (...args: readonly (string | undefined)[]) => {
    const leave = await starts.acquire(AbortSignal.timeout(longestMs));
    const words = args.filter((arg) => arg !== undefined);
    const asked = performance.now();
    const started = await startProcess({ program, args: words, cwd: workspace.folder, env }).finally(leave);
    return { ...started, startMs: performance.now() - asked };
  };
  return {
    start,
    arm: async (victim) => {
      victim.child.kill('SIGUSR2');
      await poll(
        async () => victim.output(),
        (output) => output.includes('armed'),
        30_000,
        'the failpoint',
      );
    },
    untilKilled: async (victim, story, key, point) => {
      const end = await story.play(createApiClient(victim), key).catch((error: unknown) => error);
      expect(end, point).toBeInstanceOf(TypeError);
      expect(await signalOf(victim.child), point).toBe('SIGKILL');
    },
    close: async () => {
      await endAllProcesses(workspace.folder);
      await database.drop();
      await workspace.remove();
    },
  };
};

/** A broken connection may be known before the end of the process that broke it. */
const signalOf = async (child: ChildProcess): Promise<string | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode;
};
