// A trace file, or every one below a folder, becomes a conversation of the log; what is in the log already stays as it is.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { CommandRejected, createEngine, type Engine, type ModelSettings, toTrace } from '@turnlog/core';
import { importCommand, importedId, NotATrace, type ReadTrace, readTrace } from '@turnlog/datasets';
import type { Database } from '@turnlog/db';
import { composeReader, now, sha256 } from '../compose/compose-engine.ts';
import { profileFor } from '../configuration/model-profiles.ts';
import { type ModelDirectory, openAiBaseUrl } from '../configuration/models.ts';

export interface ImportedFile {
  /** Relative to the folder. */
  readonly file: string;
  readonly result: 'imported' | 'known' | 'refused';
  readonly conversation?: string;
  /** Why it was refused. */
  readonly reason?: string;
  /** Keys of messages that a conversation has no place for. */
  readonly leftOut?: readonly string[];
}

export interface ImportOptions {
  readonly database: Database;
  readonly models: Pick<ModelDirectory, 'resolve'>;
  readonly servers: readonly string[];
  readonly tags: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** In the order of the files' names. A file that is refused stops none of the others. */
export const importFolder = async (path: string, options: ImportOptions): Promise<readonly ImportedFile[]> => {
  const { folder, files } = await traceFilesOf(path);
  const imported: ImportedFile[] = [];
  for (const file of files) {
    imported.push({ file, ...(await importFile(join(folder, file), options)) });
    options.onProgress?.(imported.length, files.length);
  }
  return imported;
};

const importFile = async (path: string, options: ImportOptions): Promise<Omit<ImportedFile, 'file'>> => {
  try {
    const trace = readTrace(await readFile(path, 'utf8'));
    const known = await conversationOf(trace, composeReader(options.database));
    if (known !== undefined) return { result: 'known', conversation: known };
    return await importTrace(trace, basename(path), options);
  } catch (error) {
    if (error instanceof NotATrace || error instanceof CommandRejected) return { result: 'refused', reason: error.message };
    throw error;
  }
};

const importTrace = async (
  trace: ReadTrace,
  file: string,
  { database, models, servers, tags }: ImportOptions,
): Promise<Omit<ImportedFile, 'file'>> => {
  const conversationId = importedId(trace);
  // The log says when the conversation was held, and not when it was copied.
  const engine = createEngine({
    store: database.store,
    now: () => trace.createdAt ?? now(),
    sha256,
    dispatch: async () => {},
    announce: (id, version) => database.feed.publish({ type: 'version', conversationId: id, version }),
  });
  const command = importCommand(trace, { model: settingsOf(trace.model, models), servers, tags, file });
  const { duplicateOf } = await engine.handle(command, { conversationId, commandId: `import:${conversationId}` });
  return {
    result: duplicateOf === undefined ? 'imported' : 'known',
    conversation: conversationId,
    ...(trace.leftOut.length > 0 && { leftOut: trace.leftOut }),
  };
};

/** The conversation of ours that the file was exported from, where the log holds it and it begins with what the file says. */
const conversationOf = async (trace: ReadTrace, engine: Pick<Engine, 'load'>): Promise<string | undefined> => {
  if (trace.conversation === undefined) return undefined;
  const state = await engine.load(trace.conversation);
  const ours = toTrace(trace.conversation, state);
  if (ours.messages.length === 0) return undefined;
  const { systemPrompt, messages } = readTrace(JSON.stringify(ours));
  const begins = JSON.stringify(messages.slice(0, trace.messages.length)) === JSON.stringify(trace.messages);
  return begins && systemPrompt === trace.systemPrompt ? trace.conversation : undefined;
};

/** A model that nobody has configured keeps its name; the conversation goes on once somebody names another. */
const settingsOf = (name: string, models: ImportOptions['models']): ModelSettings =>
  models.resolve(name) ?? { name, model: name, params: {}, profile: profileFor(openAiBaseUrl, undefined) };

const traceFilesOf = async (path: string): Promise<{ readonly folder: string; readonly files: readonly string[] }> => {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read (${error.code}). import-traces takes a trace file, or a folder of them.`);
  });
  if (!found.isDirectory()) return { folder: join(path, '..'), files: [basename(path)] };
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json') && entry.name !== 'manifest.json')
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .sort();
  return { folder: path, files };
};
