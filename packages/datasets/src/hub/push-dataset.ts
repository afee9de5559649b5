// A folder of files becomes one commit of a dataset repository: what changed goes up, what is stale goes away, and where
// nothing changed nothing is pushed. Private unless asked otherwise.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  type CommitOperation,
  type CommitOutput,
  commitIter,
  createRepo,
  datasetInfo,
  HubApiError,
  listFiles,
} from '@huggingface/hub';

export interface PushedFile {
  /** In the repository, with `/`. */
  readonly path: string;
  /** On disk. */
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface PushOptions {
  /** `owner/name`. */
  readonly repo: string;
  readonly token: string;
  /** Without a trailing slash. */
  readonly hubUrl: string;
  readonly files: readonly PushedFile[];
  /** Folders that this push fills, such as `data/sft/`: what else lies in them is stale and deleted. */
  readonly owns: readonly string[];
  /** `private` refuses a repository that is public. */
  readonly visibility: 'private' | 'public';
  readonly title: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Between tries; tests shorten it. */
  readonly pauseMs?: number;
}

export interface Pushed {
  readonly url: string;
  readonly type: 'pushed' | 'unchanged';
  readonly isNew: boolean;
  readonly added: readonly string[];
  readonly deleted: readonly string[];
  /** Absent where nothing was pushed. */
  readonly commit?: string;
}

/** The Hub refused, or what is there must not be written to. The message says what to do. */
export class HubRefused extends Error {
  override readonly name = 'HubRefused';
}

/** Another commit came first (409, 412), or the Hub is out for a moment: the difference is taken again, and pushed again. */
const tries = 5;
const firstPauseMs = 500;

export const pushDataset = async (options: PushOptions): Promise<Pushed> => {
  if (!/^[\w.-]+\/[\w.-]+$/.test(options.repo))
    throw new HubRefused(`--repo-id got ${JSON.stringify(options.repo)}, takes owner/name, such as me/my-traces.`);
  if (!options.token.startsWith('hf_'))
    throw new HubRefused('The Hub token does not begin with hf_: make one at https://huggingface.co/settings/tokens.');
  for (let round = 1; ; round++) {
    try {
      return await pushOnce(options);
    } catch (error) {
      if (!isPassing(error) || round === tries) throw explained(error, options);
      await delay((options.pauseMs ?? firstPauseMs) * 2 ** (round - 1), undefined, { signal: options.signal });
    }
  }
};

const pushOnce = async (options: PushOptions): Promise<Pushed> => {
  const { repo, token, hubUrl, owns, files } = options;
  const url = `${hubUrl}/datasets/${repo}`;
  const head = await headOf(options);
  const present = head === undefined ? new Map<string, Present>() : await filesAt(options, head);
  const changed: PushedFile[] = [];
  for (const file of files) if (!(await isSame(file, present.get(file.path)))) changed.push(file);
  const kept = new Set(files.map(({ path }) => path));
  const stale = [...present.keys()].filter((path) => !kept.has(path) && owns.some((folder) => path.startsWith(folder)));
  const difference = { added: changed.map(({ path }) => path), deleted: stale };
  if (head !== undefined && changed.length + stale.length === 0) return { url, type: 'unchanged', isNew: false, ...difference };
  if (head === undefined) {
    await createRepo({ repo: datasetRepo(repo), accessToken: token, hubUrl, visibility: options.visibility });
  }
  const operations: CommitOperation[] = [
    ...changed.map(({ path, file }) => ({
      operation: 'addOrUpdate' as const,
      path,
      content: pathToFileURL(file) as unknown as Blob,
    })),
    ...stale.map((path) => ({ operation: 'delete' as const, path })),
  ];
  const { commit } = await commitAll(options, operations, head);
  return { url, type: 'pushed', isNew: head === undefined, ...difference, commit: commit.oid };
};

const datasetRepo = (name: string) => ({ type: 'dataset' as const, name });

/** The commit that `main` stands at. Undefined where there is no such repository. */
const headOf = async ({ repo, token, hubUrl, visibility }: PushOptions): Promise<string | undefined> => {
  try {
    const info = await datasetInfo({ name: repo, accessToken: token, hubUrl, additionalFields: ['sha'] });
    if (visibility === 'private' && !info.private)
      throw new HubRefused(
        `${repo} is public: traces hold prompts, paths and results. Push to another repository, make it private, or say --public.`,
      );
    return info.sha;
  } catch (error) {
    if (error instanceof HubApiError && error.statusCode === 404) return undefined;
    throw error;
  }
};

interface Present {
  readonly size: number;
  readonly sha256?: string;
  /** Of the blob, as git computes it. */
  readonly sha1?: string;
}

const filesAt = async ({ repo, token, hubUrl }: PushOptions, revision: string): Promise<Map<string, Present>> => {
  const present = new Map<string, Present>();
  const entries = listFiles({ repo: datasetRepo(repo), accessToken: token, hubUrl, revision, recursive: true });
  for await (const { type, path, size, oid, lfs } of entries)
    if (type === 'file') present.set(path, { size, ...(lfs ? { sha256: lfs.oid } : oid !== undefined && { sha1: oid }) });
  return present;
};

const isSame = async ({ file, bytes, sha256 }: PushedFile, present: Present | undefined): Promise<boolean> => {
  if (present === undefined || present.size !== bytes) return false;
  if (present.sha256 !== undefined) return present.sha256 === sha256;
  // Small files are kept as git blobs, whose id hashes a header first.
  const content = await readFile(file);
  return present.sha1 === createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
};

const commitAll = async (
  { repo, token, hubUrl, title, onProgress, signal }: PushOptions,
  operations: CommitOperation[],
  parent: string | undefined,
): Promise<CommitOutput> => {
  const uploads = operations.filter(({ operation }) => operation === 'addOrUpdate').length;
  const done = new Set<string>();
  const commit = commitIter({
    repo: datasetRepo(repo),
    accessToken: token,
    hubUrl,
    title,
    operations,
    useXet: false,
    ...(parent !== undefined && { parentCommit: parent }),
    ...(signal && { abortSignal: signal }),
  });
  for (;;) {
    const next = await commit.next();
    if (next.done) {
      onProgress?.(uploads, uploads);
      if (next.value === undefined) throw new HubRefused('The Hub took the files and named no commit.');
      return next.value;
    }
    if (next.value.event === 'fileProgress' && next.value.state === 'uploading' && next.value.progress === 1)
      done.add(next.value.path);
    onProgress?.(done.size, uploads);
  }
};

const isPassing = (error: unknown): boolean =>
  error instanceof HubApiError
    ? [408, 409, 412, 425, 429].includes(error.statusCode) || error.statusCode >= 500
    : error instanceof TypeError && error.message === 'fetch failed';

const explained = (error: unknown, { repo, hubUrl, token }: PushOptions): Error => {
  if (error instanceof HubRefused) return error;
  if (!(error instanceof HubApiError)) {
    const cause = error instanceof Error ? (error.cause as Error | undefined) : undefined;
    return new HubRefused(`${hubUrl} could not be reached: ${cause?.message ?? String(error)}`, { cause: error });
  }
  const said = error.message.replaceAll(token, '[redacted]');
  switch (error.statusCode) {
    case 401:
      return new HubRefused(
        'The Hub does not know this token. Make one with write access at https://huggingface.co/settings/tokens.',
      );
    case 403:
      return new HubRefused(`This token may not write to ${repo}: it needs write access there. The Hub said: ${said}`);
    case 409:
    case 412:
      return new HubRefused(`Others keep committing to ${repo}: nothing was pushed. Try again. The Hub said: ${said}`);
    default:
      return new HubRefused(`The Hub answered ${error.statusCode}; nothing was pushed. It said: ${said}`);
  }
};
