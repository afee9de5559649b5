import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildOf, contentOf, families, familyOf, recordedLater, underOtherIds } from '../testing/a-build.ts';
import type { Built } from './build-dataset.ts';
import { fileNames } from './file-names.ts';
import { readRowsIndex } from './read-rows-index.ts';
import { rowsIndex } from './rows-index.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'turnlog-again-'));
});
afterEach(() => rm(out, { recursive: true, force: true }));

const later = 3_600_000;
/** Which file each conversation's rows stand in. */
const filesByConversation = async ({ folder }: Built) =>
  new Map(readRowsIndex(await readFile(join(folder, 'rows.json.gz'))).map(([, path, , conversation]) => [conversation, path]));
const inodesOf = async ({ folder, manifest }: Built) =>
  new Map(await Promise.all(manifest.files.map(async ({ path }) => [path, (await stat(join(folder, path))).ino] as const)));

describe('a build after another', () => {
  it.each(['trace', 'sts', 'atif'] as const)(
    'keeps the files of %s whose conversations have not changed, under their names',
    async (format) => {
      const before = await buildOf(families(4), { out, format });
      const [names, inodes] = [await filesByConversation(before), await inodesOf(before)];
      // Same words, same second, recorded later; its ids come before and after the others'.
      const added = [1, 2, 3].map((number) => recordedLater(underOtherIds(familyOf(number), `added ${number}`), 900));
      const after = await buildOf([...families(4), ...added], { out, format });
      expect(after.written).toBe(after.manifest.files.length - before.manifest.files.length);
      expect(after.written).toBeGreaterThan(0);
      const now = await filesByConversation(after);
      for (const [conversation, path] of names) expect(now.get(conversation)).toBe(path);
      const inodesNow = await inodesOf(after);
      for (const [path, inode] of inodes) expect(inodesNow.get(path)).toBe(inode);
      const elsewhere = await buildOf([...added, ...families(4)], { out: join(out, 'elsewhere'), format });
      expect(await contentOf(after.folder)).toEqual(await contentOf(elsewhere.folder));
      expect((await buildOf([...families(4), ...added], { out, format })).written).toBe(0);
    },
  );

  it('moves names where the first of a name is gone, and loses no file on the way', async () => {
    const twin = recordedLater(underOtherIds(familyOf(1), 'twin'), 900);
    const before = await buildOf([familyOf(1), twin], { out, format: 'trace' });
    expect(before.manifest.files.some(({ path }) => path.includes('_2.json'))).toBe(true);
    const after = await buildOf([twin], { out, format: 'trace' });
    const fresh = await buildOf([twin], { out: join(out, 'fresh'), format: 'trace' });
    expect(await contentOf(after.folder)).toEqual(await contentOf(fresh.folder));
    expect(after.written).toBe(0);
  });

  it('writes a trace again that somebody has changed', async () => {
    const { folder, manifest } = await buildOf(families(1), { out, format: 'trace' });
    const path = join(folder, manifest.files[0]?.path ?? '');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('alpha', 'ALPHA'));
    expect((await buildOf(families(1), { out, format: 'trace' })).written).toBe(1);
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('keeps the row that was recorded first, wherever one that trains the same is dealt to', async () => {
    const before = await buildOf(families(6), { out, shards: 8 });
    const rowsOf = async (built: Built) => readRowsIndex(await readFile(join(built.folder, 'rows.json.gz'))).map(([id]) => id);
    const kept = await rowsOf(before);
    for (const name of ['a', 'b', 'c', 'd']) {
      const twins = families(6).map((family) => recordedLater(underOtherIds(family, name), later));
      const after = await buildOf([...families(6), ...twins], { out });
      expect(await rowsOf(after), name).toEqual(kept);
      expect(after.manifest.excluded).toEqual({ duplicate: kept.length });
      expect(after).toMatchObject({ written: 0, manifest: { files: before.manifest.files } });
      expect((await readdir(join(after.folder, 'data'))).length).toBe(before.manifest.files.length);
    }
  });
});

describe('a build that was cut short', () => {
  it('leaves a folder that is known as ours, wherever it was cut', async () => {
    const folder = join(out, 'sft');
    const cut = buildOf(families(4), {
      out,
      onProgress: () => {
        throw new Error('cut');
      },
    });
    await expect(cut).rejects.toThrow('cut');
    // The card cannot be written: the index is, the manifest of these files is not.
    await mkdir(join(folder, 'README.md'));
    await expect(buildOf(families(4), { out })).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(await readdir(folder)).toContain('rows.json.gz');
    await rmdir(join(folder, 'README.md'));
    const mended = await buildOf(families(5), { out });
    const whole = await buildOf(families(5), { out: join(out, 'whole'), shards: 1 });
    expect(await contentOf(mended.folder)).toEqual(await contentOf(whole.folder));
  });

  it('leaves no file that no manifest names, once it is built again', async () => {
    const { folder } = await buildOf(families(3), { out, shards: 2 });
    await writeFile(join(folder, 'data', 'train-0123456789ab.jsonl'), '{}\n');
    await writeFile(join(folder, 'data', 'train-0123456789ab.jsonl.1f.tmp'), '{');
    await writeFile(join(folder, 'data', 'notes.txt'), 'mine');
    const { manifest } = await buildOf(families(3), { out });
    const names = manifest.files.map(({ path }) => path.slice('data/'.length));
    expect((await readdir(join(folder, 'data'))).sort()).toEqual([...names, 'notes.txt'].sort());
  });
});

describe('what stands beside the files', () => {
  it('of sharegpt, LLaMA-Factory finds every file and its columns by', async () => {
    const { folder, manifest } = await buildOf(families(8), { out, format: 'sharegpt', test: 0.3, seed: 's' });
    const info = JSON.parse(await readFile(join(folder, 'dataset_info.json'), 'utf8'));
    expect(manifest.files.map(({ split }) => split).sort()).toEqual(['test', 'train']);
    for (const { path, split } of manifest.files)
      expect(info[`turnlog_${split}`]).toEqual({
        file_name: path,
        formatting: 'sharegpt',
        columns: { messages: 'conversations', system: 'system', tools: 'tools' },
      });
    const many = await buildOf(families(8), { out: join(out, 'many'), format: 'sharegpt', shards: 4 });
    const names = Object.keys(JSON.parse(await readFile(join(many.folder, 'dataset_info.json'), 'utf8')));
    expect(names).toEqual(many.manifest.files.map((_, index) => `turnlog_train_${index + 1}`));
    expect((await buildOf(families(8), { out, format: 'openai' })).manifest.files.length).toBeGreaterThan(0);
    expect(await readdir(join(out, 'openai'))).not.toContain('dataset_info.json');
  });
});

describe('names of files', () => {
  it('are given in the order of recording, whatever the order of asking', () => {
    const files = ['c', 'a', 'b'].map((conversation, place) => ({ conversation, stem: 'x', place: `${place}` }));
    const other = { conversation: 'd', stem: 'x_2', place: '9' };
    const names = new Map([
      ['c', 'x'],
      ['a', 'x_2'],
      ['b', 'x_3'],
      ['d', 'x_2_2'],
    ]);
    expect(fileNames([...files, other])).toEqual(names);
    expect(fileNames([other, ...files.reverse()])).toEqual(names);
  });
});

describe('the index of rows', () => {
  it('is the same bytes on every version of Node and every processor', () => {
    const places = Array.from({ length: 400 }, (_, index) => {
      const digest = createHash('sha256').update(String(index)).digest('hex');
      return [`c:${index}`, 'data/train-1.jsonl', index, 'c', 1, index, digest] as const;
    });
    expect(createHash('sha256').update(rowsIndex(places)).digest('hex')).toBe(
      'b3b007b126b559125175b557e40755ba6331abb34dfca985e0f153c3db5ed07e',
    );
    expect(readRowsIndex(rowsIndex(places))).toEqual(places);
  });
});
