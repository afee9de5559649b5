// `turnlog verify-dataset`: holds a dataset against its manifest and against the log.

import { dirname, resolve } from 'node:path';
import { type DatasetReport, readManifest, verifyDataset } from '@turnlog/datasets';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import { tokenLimit } from '../datasets/token-limit.ts';
import { createProgress } from '../view/progress.ts';

export interface VerifyFlags {
  readonly filesOnly?: boolean;
  readonly tokenizer?: string;
  readonly json?: boolean;
}

export const runVerify = async (path: string, { filesOnly, tokenizer, json }: VerifyFlags): Promise<void> => {
  const settings = readSettings({});
  const named = resolve(settings.environment.folder, path);
  const folder = named.endsWith('manifest.json') ? dirname(named) : named;
  const report = filesOnly
    ? await verifyDataset({ folder, secrets: settings.secrets })
    : await verifyAgainstLog(settings, folder, tokenizer);
  if (json) settings.terminal.line(JSON.stringify(report));
  else print(settings, folder, report);
  if (report.verdict === 'different') process.exitCode = 1;
};

const verifyAgainstLog = async (settings: Settings, folder: string, tokenizer: string | undefined): Promise<DatasetReport> => {
  const { format, options } = await readManifest(folder);
  const flags = {
    ...(tokenizer !== undefined && options.maxTokens !== undefined && { maxTokens: `${options.maxTokens}`, tokenizer }),
  };
  const maxTokens = await tokenLimit(format, flags, settings.environment);
  const opened = await openDatabase({ ...settings, ...settings.environment });
  const progress = createProgress(settings.errors, 'conversations');
  try {
    const log = { ...opened.database };
    return await verifyDataset({
      folder,
      log,
      secrets: settings.secrets,
      ...(maxTokens && { maxTokens }),
      onProgress: progress.update,
    });
  } finally {
    progress.end();
    await opened.close();
  }
};

const print = ({ terminal }: Settings, folder: string, { verdict, rows, differences, erased }: DatasetReport): void => {
  for (const difference of differences) terminal.line(`${terminal.style('red', '✗')} ${difference}`);
  if (erased.length > 0)
    terminal.line(`${erased.length} erased since: ${erased.join(', ')}. Build it again to remove what it still holds of them.`);
  terminal.line(
    verdict === 'verified' ? `${terminal.style('green', '✔')} ${folder}: ${rows} rows, as the log has them` : `${folder} differs`,
  );
};
