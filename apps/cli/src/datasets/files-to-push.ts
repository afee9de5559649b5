// How the folders of several formats lie in one dataset repository: data/<format>/…, sessions/ for the Hub's viewer, one card.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuiltFromLog, datasetCard, type Format, type PushedFile, replaceFile } from '@turnlog/datasets';

export const filesToPush = async (
  built: readonly BuiltFromLog[],
  folder: string,
): Promise<{ readonly files: readonly PushedFile[]; readonly owns: readonly string[] }> => {
  const card = join(folder, 'README.md');
  await replaceFile(
    card,
    datasetCard(
      built.map((one) => one.card).filter(({ manifest }) => manifest.format !== 'sts'),
      folderOf,
    ),
  );
  const files = [await pushed('README.md', card)];
  for (const { manifest, folder: of } of built) {
    const to = folderOf(manifest.format);
    for (const { path, bytes, sha256 } of manifest.files)
      files.push({ path: `${to}${basename(path)}`, file: join(of, path), bytes, sha256 });
    if (manifest.format === 'sts') continue;
    for (const name of ['manifest.json', 'rows.json.gz']) files.push(await pushed(`${to}${name}`, join(of, name)));
  }
  return { files, owns: built.map(({ manifest }) => folderOf(manifest.format)) };
};

const folderOf = (format: Format): string => (format === 'sts' ? 'sessions/' : `data/${format}/`);

const pushed = async (path: string, file: string): Promise<PushedFile> => {
  const content = await readFile(file);
  return { path, file, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
};
