// Formats of which one conversation is one file, under the name of its trace. A file that is there already is not written again.

import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Trace, traceName, traceTimestamp } from '@turnlog/core';
import type { Format, ProjectedRow, Row } from '../rows/projection.ts';
import { replaceFile, traceText } from '../trace-file.ts';
import { contested, fileNames, type Nameable } from './file-names.ts';
import type { Manifest } from './manifest.ts';
import { type OwnedRow, type ProjectRows, type Source, sha256, type Written, writtenFile } from './projected-rows.ts';

/** Names are known when all conversations are: until then, files lie under the ids of theirs. */
interface Unnamed extends Omit<Nameable, 'place'> {
  readonly begun: number;
  readonly written: Written;
  /** Below the format's folder. */
  readonly liesAt: string;
}

export const writeConversations = async (
  source: Source,
  project: ProjectRows,
  previous: Manifest | undefined,
): Promise<readonly Written[]> => {
  const former = new Map(previous?.files.map(({ sha256: digest, path }) => [digest, path]));
  const files: Unnamed[] = [];
  const left: Written[] = [];
  for (const family of source.families) {
    const rows = await project.rowsOf(family, 0);
    left.push({ ...project.takeLeft(), places: [], models: [] });
    for (const conversation of [...new Set(rows.map((row) => row.conversation))].sort())
      files.push(
        await writeUnnamed(
          source,
          rows.filter((row) => row.conversation === conversation),
          former,
        ),
      );
  }
  return [...left, ...(await named(source, files))];
};

const writeUnnamed = async (
  { folder, format }: Source,
  rows: readonly OwnedRow[],
  former: ReadonlyMap<string, string>,
): Promise<Unnamed> => {
  const [first] = rows;
  const conversation = first?.conversation ?? '';
  const bytes = bytesOf(format, rows);
  const there = former.get(sha256(bytes));
  const isNew = there === undefined || !(await holds(join(folder, there), bytes));
  const liesAt = isNew ? `data/${conversation}.tmp` : there;
  if (isNew) await replaceFile(join(folder, liesAt), bytes);
  const written = { excluded: {}, secrets: [], ...writtenFile(liesAt, 'train', rows, bytes, isNew) };
  return { conversation, begun: first?.begun ?? 1, stem: stemOf(format, rows), liesAt, written };
};

const holds = async (path: string, bytes: Uint8Array): Promise<boolean> =>
  readFile(path).then(
    (content) => content.equals(bytes),
    () => false,
  );

/** Files that change places go by way of their ids, so that none falls on another. */
const named = async (source: Source, files: readonly Unnamed[]): Promise<readonly Written[]> => {
  const { folder, format } = source;
  const names = await namesOf(source, files);
  const moving: (readonly [string, string])[] = [];
  const written: Written[] = [];
  for (const { conversation, liesAt, written: one } of files) {
    const path = `data/${names.get(conversation)}.${format === 'sts' ? 'jsonl' : 'json'}`;
    written.push(under(path, one));
    if (liesAt === path) continue;
    const aside = `data/${conversation}.tmp`;
    if (liesAt !== aside) await rename(join(folder, liesAt), join(folder, aside));
    moving.push([aside, path]);
  }
  for (const [from, to] of moving) await rename(join(folder, from), join(folder, to));
  return written;
};

const namesOf = async ({ placeOf }: Source, files: readonly Unnamed[]): Promise<ReadonlyMap<string, string>> => {
  const wanted = contested(files.map(({ stem }) => stem));
  const placed: Nameable[] = [];
  for (const { conversation, stem, begun } of files)
    placed.push({ conversation, stem, place: wanted.has(stem) ? await placeOf(conversation, begun) : '' });
  return fileNames(placed);
};

const under = (path: string, { file, places, ...rest }: Written): Written => ({
  ...rest,
  ...(file && { file: { ...file, path } }),
  places: places.map(([id, , ...place]) => [id, path, ...place]),
});

const bytesOf = (format: Format, rows: readonly ProjectedRow[]): Uint8Array =>
  format === 'sts'
    ? Buffer.from(rows.map(({ row }) => `${JSON.stringify(row)}\n`).join(''))
    : Buffer.from(traceText(rows[0]?.row ?? {}));

/** As its trace is called: each format has the time and the first words of the user in its own place. */
const stemOf = (format: Format, rows: readonly ProjectedRow[]): string => {
  if (format === 'sts') return sessionName(rows);
  return format === 'atif' ? trajectoryName(rows[0]?.row) : traceName(rows[0]?.row as unknown as Trace);
};

const trajectoryName = (row: Row | undefined): string => {
  const { steps, extra } = row as unknown as Trajectory;
  return traceName({
    messages: steps.map(({ source, message }) => ({ role: source === 'agent' ? 'assistant' : source, content: message })),
    timestamp: traceTimestamp(extra.created_at),
  });
};

interface Trajectory {
  readonly steps: readonly { readonly source: 'system' | 'user' | 'agent'; readonly message: string }[];
  readonly extra: { readonly created_at: string };
}

/** The first line holds the time. */
const sessionName = (rows: readonly ProjectedRow[]): string => {
  const [header, ...lines] = rows.map(({ row }) => row as unknown as SessionLine);
  const messages = lines.flatMap(({ message }) => (message === undefined ? [] : [message]));
  return traceName({
    messages: messages as unknown as Trace['messages'],
    timestamp: traceTimestamp(new Date(header?.timestamp ?? 0).toISOString()),
  });
};

interface SessionLine {
  readonly timestamp?: number;
  readonly message?: { readonly role: string; readonly content: string };
}
