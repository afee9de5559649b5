// One conversation's trace on disk, replaced whole after every event: a reader never sees half a file.

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Trace, traceName } from '@turnlog/core';
import type { Row } from './rows/projection.ts';

/** The bytes of a file that holds one conversation: a trace, or a trajectory. */
export const traceText = (trace: Trace | Row): string => `${JSON.stringify(trace, null, 2)}\n`;

/**
 * Writes the trace into `dir` under the seed's file name and returns the path. A name that another conversation holds
 * gets `_2`, `_3` …; the same conversation keeps its file.
 */
export const writeTraceFile = async (dir: string, trace: Trace): Promise<string> => {
  await mkdir(dir, { recursive: true });
  const path = await freePath(dir, trace);
  await replaceFile(path, traceText(trace));
  return path;
};

export const replaceFile = async (path: string, content: string | Uint8Array): Promise<void> => {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

const freePath = async (dir: string, trace: Trace): Promise<string> => {
  const stem = traceName(trace);
  for (let number = 1; ; number++) {
    const path = join(dir, `${stem}${number === 1 ? '' : `_${number}`}.json`);
    const holder = await conversationIn(path);
    if (holder === undefined || holder === trace.turnlog.conversation) return path;
  }
};

/** Whose trace a file is; undefined where there is none, and a name of its own for a file that is not ours. */
const conversationIn = async (path: string): Promise<string | undefined> => {
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    return (parsed as Partial<Trace> | null)?.turnlog?.conversation ?? 'not ours';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'not ours';
  }
};
