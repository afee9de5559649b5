// What other programs want beside the files of a format.

import { join } from 'node:path';
import { sharegptDatasetInfo } from '../rows/sharegpt.ts';
import { replaceFile } from '../trace-file.ts';
import type { Manifest } from './manifest.ts';

/** `dataset_info.json`: LLaMA-Factory finds the files and their columns by it (`--dataset_dir` is the format's folder). */
export const writeExtras = async (folder: string, { format, files }: Manifest): Promise<void> => {
  if (format !== 'sharegpt') return;
  const entries = files.map(({ path, split }) => [nameOf(split, path, files), { file_name: path, ...sharegptDatasetInfo }]);
  await replaceFile(join(folder, 'dataset_info.json'), `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
};

/** `turnlog_train`, or `turnlog_train_1`, `turnlog_train_2` … where a split is several files. */
const nameOf = (split: string, path: string, files: Manifest['files']): string => {
  const paths = files.filter((file) => file.split === split).map((file) => file.path);
  return paths.length === 1 ? `turnlog_${split}` : `turnlog_${split}_${paths.indexOf(path) + 1}`;
};
