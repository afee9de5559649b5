// `turnlog import-traces`: trace files become conversations of the log.

import { resolve } from 'node:path';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings } from '../compose/read-settings.ts';
import { type ImportedFile, importFolder } from '../traces/import-folder.ts';
import { createProgress } from '../view/progress.ts';
import type { Terminal } from '../view/terminal.ts';

export interface ImportFlags {
  readonly config?: string;
  readonly tag?: readonly string[];
  readonly json?: boolean;
}

export const importTraces = async (path: string, { config, tag = [], json }: ImportFlags): Promise<void> => {
  const settings = readSettings({ ...(config !== undefined && { config }) });
  const { environment, configuration, models } = settings;
  const opened = await openDatabase({ ...settings, ...environment });
  const progress = createProgress(settings.errors, 'files');
  try {
    const files = await importFolder(resolve(environment.folder, path), {
      database: opened.database,
      models,
      servers: Object.keys(configuration.servers),
      tags: tag,
      onProgress: progress.update,
    });
    progress.end();
    if (json) settings.terminal.line(JSON.stringify({ files }));
    else printImported(settings.terminal, files);
    if (files.some(({ result }) => result === 'refused')) process.exitCode = 1;
  } finally {
    progress.end();
    await opened.close();
  }
};

const printImported = (terminal: Terminal, files: readonly ImportedFile[]): void => {
  const count = (result: ImportedFile['result']) => files.filter((file) => file.result === result).length;
  for (const { file, result, conversation, reason, leftOut } of files) {
    if (result === 'refused') terminal.line(`${terminal.style('red', '✗')} ${file}: ${reason}`);
    else if (result === 'imported') terminal.line(`${terminal.style('green', '✓')} ${file} → ${conversation}`);
    if (leftOut !== undefined) terminal.line(`  left out, for want of a place: ${leftOut.join(', ')}`);
  }
  const known = count('known') === 0 ? '' : `, ${count('known')} in the log already`;
  const refused = count('refused') === 0 ? '' : `, ${count('refused')} refused`;
  terminal.line(`Imported ${count('imported')} of ${files.length} file${files.length === 1 ? '' : 's'}${known}${refused}.`);
};
