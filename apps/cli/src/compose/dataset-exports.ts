// Datasets for the API: which formats there are, files of finished exports, and the rows of one conversation.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import type { DatasetExports } from '@turnlog/core';
import {
  columnFormats,
  createRedactor,
  defaultRowOptions,
  type Format,
  findFamilies,
  formats,
  projectFamily,
  readFamily,
} from '@turnlog/datasets';
import type { Database } from '@turnlog/db';
import { sha256 } from './compose-engine.ts';

export const datasetExports = (database: Database, secrets: readonly string[]): DatasetExports => ({
  formats: formats.map((name) => ({ name, hasParquet: (columnFormats as readonly Format[]).includes(name) })),
  openFile,
  rowsOf: async (format, id) => {
    const [family] = await findFamilies(database, { ids: [id] }, await database.head());
    if (family === undefined) return undefined;
    const { rows, excluded } = projectFamily(format as Format, await readFamily(database, family), {
      ...defaultRowOptions,
      sha256,
    });
    const redactor = createRedactor({ secrets, key: await database.redactionKey() });
    const clean = rows.map(({ row }) => redactor.redact(row));
    return {
      rows: clean.map(({ row }) => row),
      excluded,
      secrets: clean.reduce((sum, { hits }) => sum + hits.length, 0),
    };
  },
});

/** Only what lies in the folder itself, whatever the path says. */
const openFile: DatasetExports['openFile'] = async (folder, path) => {
  const file = resolve(folder, path);
  if (path.includes('\0') || !file.startsWith(`${resolve(folder)}${sep}`)) return undefined;
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  return found?.isFile() ? { bytes: found.size, content: createReadStream(file) } : undefined;
};
