// The last assistant step of the newest trace: of the newest file of a folder, or of the newest conversation of the log.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelSettings, type RecordedStep, recordedSteps } from '@turnlog/core';
import { importedEvents, NotATrace, readTrace } from '@turnlog/datasets';
import type { Database } from '@turnlog/db';

export interface FoundStep {
  /** Where it was found, in words. */
  readonly source: string;
  readonly step: RecordedStep;
}

/** Undefined where the folder holds no trace file. */
export const lastStepOfFolder = async (folder: string, model: ModelSettings): Promise<FoundStep | undefined> => {
  const path = await newestFile(folder);
  if (path === undefined) return undefined;
  try {
    const trace = readTrace(await readFile(path, 'utf8'));
    const events = importedEvents(trace, { model, servers: [], tags: [], file: path });
    const { source, step } = lastOf(path, recordedSteps(events));
    // The events are rendered as for the model of the settings; who answered stands in the file.
    return { source, step: { ...step, model: trace.model } };
  } catch (error) {
    if (error instanceof NotATrace) throw new Error(`${path} is no trace: ${error.message}`);
    throw error;
  }
};

/** Undefined where the log holds no conversation. */
export const lastStepOfLog = async ({ list, store }: Database): Promise<FoundStep | undefined> => {
  const { items } = await list.list({}, { limit: 1 });
  const id = items[0]?.id;
  return id === undefined ? undefined : lastStepOf(id, { store });
};

export const lastStepOf = async (id: string, { store }: Pick<Database, 'store'>): Promise<FoundStep> => {
  const events = await store.read(id);
  if (events.length === 0) throw new Error(`There is no conversation ${id}.`);
  return lastOf(`conversation ${id}`, recordedSteps(events));
};

const lastOf = (source: string, steps: readonly RecordedStep[]): FoundStep => {
  const step = steps.at(-1);
  if (step === undefined) throw new Error(`In ${source} no model has answered: there is nothing to ask again.`);
  return { source, step };
};

const newestFile = async (folder: string): Promise<string | undefined> => {
  const names: readonly string[] = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new Error(`${folder} cannot be read as a folder (${error.code}). --trace-dir takes the folder of the trace files.`);
  });
  const files = await Promise.all(
    names
      .filter((name) => name.endsWith('.json') && name !== 'manifest.json')
      .map(async (name) => ({ path: join(folder, name), changed: (await stat(join(folder, name))).mtimeMs })),
  );
  return files.sort((a, b) => b.changed - a.changed || (a.path < b.path ? 1 : -1))[0]?.path;
};
