import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readToken, type StandInHub, startStandInHub, writeToken } from '../testing/stand-in-hub.ts';
import { HubRefused, type PushedFile, type PushOptions, pushDataset } from './push-dataset.ts';

let hub: StandInHub;
let folder: string;
beforeEach(async () => {
  hub = await startStandInHub();
  folder = await mkdtemp(join(tmpdir(), 'turnlog-hub-'));
});
afterEach(async () => {
  await hub.stop();
  await rm(folder, { recursive: true });
});

const aFile = async (path: string, text: string): Promise<PushedFile> => {
  const file = join(folder, `${createHash('sha1').update(path).digest('hex')}-${basename(path)}`);
  await writeFile(file, text);
  return { path, file, bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
};
const files = (texts: Readonly<Record<string, string>>) =>
  Promise.all(Object.entries(texts).map(([path, text]) => aFile(path, text)));
const first = { 'README.md': '# Traces', 'data/sft/train-1.parquet': 'one', 'data/sft/train-2.parquet': 'two' };

const push = async (texts: Readonly<Record<string, string>>, options: Partial<PushOptions> = {}) =>
  pushDataset({
    repo: 'me/traces',
    token: writeToken,
    hubUrl: hub.url,
    files: await files(texts),
    owns: ['data/sft/'],
    visibility: 'private',
    title: 'Update traces',
    pauseMs: 1,
    ...options,
  });
const stored = () =>
  Object.fromEntries([...(hub.repos.get('me/traces')?.files ?? [])].map(([path, content]) => [path, String(content)]));
const uploads = () => hub.requests.filter((request) => request.startsWith('PUT')).length;

describe('a push', () => {
  it('creates a private repository with one commit', async () => {
    expect(await push(first)).toMatchObject({ type: 'pushed', isNew: true, url: `${hub.url}/datasets/me/traces` });
    expect(hub.repos.get('me/traces')).toMatchObject({ isPrivate: true, commits: ['Update traces'] });
    expect(stored()).toEqual(first);
  });

  it('pushes nothing where nothing changed', async () => {
    await push(first);
    const before = hub.requests.length;
    expect(await push(first)).toMatchObject({ type: 'unchanged', added: [], deleted: [] });
    expect(hub.repos.get('me/traces')?.commits).toHaveLength(1);
    expect(hub.requests.slice(before).filter((request) => !request.startsWith('GET'))).toEqual([]);
  });

  it('sends only what changed, and deletes what is stale in its own folders alone', async () => {
    hub.addRepo('me/traces', { isPrivate: true, files: { 'notes.txt': 'mine', 'data/hf/train-0.parquet': 'other format' } });
    await push(first);
    const before = uploads();
    const pushed = await push({
      'README.md': '# Traces',
      'data/sft/train-2.parquet': 'two',
      'data/sft/train-3.parquet': 'three',
    });
    expect(pushed).toMatchObject({ added: ['data/sft/train-3.parquet'], deleted: ['data/sft/train-1.parquet'] });
    expect(uploads() - before).toBe(1);
    expect(Object.keys(stored()).sort()).toEqual([
      'README.md',
      'data/hf/train-0.parquet',
      'data/sft/train-2.parquet',
      'data/sft/train-3.parquet',
      'notes.txt',
    ]);
  });

  it('takes the difference again where another commit came first', async () => {
    await push(first);
    hub.beforeNextCommit(() => {
      const repo = hub.repos.get('me/traces');
      repo?.files.set('data/sft/train-9.parquet', Buffer.from('of another writer'));
      if (repo) repo.sha = 'moved';
    });
    expect(await push({ ...first, 'README.md': '# More' })).toMatchObject({ deleted: ['data/sft/train-9.parquet'] });
    expect(stored()).toEqual({ ...first, 'README.md': '# More' });
  });

  it('tries again where the Hub is out for a moment, and gives up with its words', async () => {
    hub.failNext(/commit/, 409, 412, 503);
    hub.failNext(/revision/, 500);
    expect(await push(first)).toMatchObject({ type: 'pushed' });
    expect(hub.repos.get('me/traces')?.commits).toHaveLength(1);
    hub.failNext(/revision/, ...Array(5).fill(503));
    await expect(push(first)).rejects.toThrow(/answered 503; nothing was pushed\. It said: Asked to fail/);
  });

  it('refuses a public repository unless told otherwise', async () => {
    hub.addRepo('me/traces', { isPrivate: false });
    await expect(push(first)).rejects.toThrow(/is public.*--public/);
    expect(stored()).toEqual({});
    expect(await push(first, { visibility: 'public' })).toMatchObject({ type: 'pushed' });
  });

  it.each<[string, Partial<PushOptions>, RegExp]>([
    ['a token that may only read', { token: readToken }, /may not write.*write access/],
    ['a token that nobody knows', { token: 'hf_nobody' }, /does not know this token/],
    ['a token that is none', { token: 'sk-1' }, /begin with hf_/],
    ['a bare name', { repo: 'traces' }, /takes owner\/name/],
    ['no Hub', { hubUrl: 'http://127.0.0.1:1' }, /could not be reached/],
  ])('says what to do with %s', async (_, options, message) => {
    await expect(push(first, options)).rejects.toThrow(HubRefused);
    await expect(push(first, options)).rejects.toThrow(message);
    expect(hub.repos.size).toBe(0);
  });
});
