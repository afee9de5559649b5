// A Hub for tests, over real HTTP: accounts, dataset repositories, LFS uploads and commits with a parent check, as far as a
// push needs them. It keeps bytes, so that what was pushed can be loaded back.

import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StandInRepo {
  isPrivate: boolean;
  sha: string;
  readonly files: Map<string, Buffer>;
  /** Titles, oldest first. */
  readonly commits: string[];
}

export interface StandInHub {
  readonly url: string;
  readonly repos: ReadonlyMap<string, StandInRepo>;
  /** Paths and methods, oldest first. */
  readonly requests: readonly string[];
  addRepo(name: string, repo: { readonly isPrivate: boolean; readonly files?: Readonly<Record<string, string>> }): StandInRepo;
  /** Answers the next requests whose path matches with this status, each once. */
  failNext(path: RegExp, ...statuses: readonly number[]): void;
  /** Does this before the next commit is looked at: another writer. */
  beforeNextCommit(action: () => void): void;
  stop(): Promise<void>;
}

export const writeToken = 'hf_standInWriteToken';
export const readToken = 'hf_standInReadToken';

/** Larger files go through LFS, as the Hub's default attributes have it for Parquet whatever its size. */
const isLfs = (path: string): boolean => /\.(parquet|gz)$/.test(path);

export const startStandInHub = async (): Promise<StandInHub> => {
  const repos = new Map<string, StandInRepo>();
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const failures: { readonly path: RegExp; readonly status: number }[] = [];
  let beforeCommit: (() => void) | undefined;

  const answer = async (request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const { pathname } = new URL(request.url ?? '/', 'http://hub');
    const failing = failures.findIndex(({ path }) => path.test(pathname));
    if (failing >= 0) return json(failures.splice(failing, 1)[0]?.status ?? 500, { error: 'Asked to fail.' });
    const upload = /^\/upload\/([0-9a-f]{64})$/.exec(pathname)?.[1];
    if (upload !== undefined) {
      if (createHash('sha256').update(body).digest('hex') !== upload) return json(400, { error: 'Other bytes than announced.' });
      objects.set(upload, body);
      return json(200, {});
    }
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (token !== writeToken && token !== readToken) return json(401, { error: 'Invalid username or password.' });
    const mayWrite = token === writeToken;
    if (pathname === '/api/repos/create') return mayWrite ? create(JSON.parse(body.toString())) : forbidden;
    const [, name = '', rest = ''] = /^\/(?:api\/)?datasets\/([^/]+\/[^/]+?)(?:\.git)?(\/.*)$/.exec(pathname) ?? [];
    const repo = repos.get(name);
    if (repo === undefined) return json(404, { error: 'Repository not found' });
    if (rest.startsWith('/revision/'))
      return json(200, { _id: name, id: name, private: repo.isPrivate, sha: repo.sha, lastModified: 0 });
    if (rest.startsWith('/tree/'))
      return json(
        200,
        [...repo.files].map(([path, content]) => treeEntry(path, content)),
      );
    const file = /^\/resolve\/[^/]+\/(.+)$/.exec(rest)?.[1];
    if (file !== undefined) return { status: repo.files.has(file) ? 200 : 404, body: repo.files.get(file) ?? Buffer.alloc(0) };
    if (!mayWrite) return forbidden;
    if (rest.startsWith('/preupload/')) return preupload(JSON.parse(body.toString()));
    if (rest === '/info/lfs/objects/batch') return batch(JSON.parse(body.toString()), `http://${request.headers.host}`);
    if (rest.startsWith('/commit/')) return commit(repo, body.toString());
    return json(404, { error: `No route ${pathname}` });
  };

  const create = ({ name, organization, visibility }: { name: string; organization: string; visibility?: string }): Answer => {
    const id = `${organization}/${name}`;
    if (repos.has(id)) return json(409, { error: 'You already created this dataset repo' });
    repos.set(id, { isPrivate: visibility === 'private', sha: randomUUID(), files: new Map(), commits: [] });
    return json(200, { url: `/datasets/${id}`, name: id, id });
  };

  const batch = ({ objects: asked }: { objects: { oid: string; size: number }[] }, origin: string): Answer =>
    json(200, {
      transfer: 'basic',
      objects: asked.map(({ oid, size }) => ({
        oid,
        size,
        ...(!objects.has(oid) && { actions: { upload: { href: `${origin}/upload/${oid}` } } }),
      })),
    });

  const commit = (repo: StandInRepo, text: string): Answer => {
    beforeCommit?.();
    beforeCommit = undefined;
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { key: string; value: Record<string, string> });
    const header = lines.find(({ key }) => key === 'header')?.value ?? {};
    if (header.parentCommit !== undefined && header.parentCommit !== repo.sha)
      return json(412, { error: 'A commit has happened since. Please refresh and try again.' });
    for (const { key, value } of lines) {
      const path = value.path ?? '';
      if (key === 'file') repo.files.set(path, Buffer.from(value.content ?? '', 'base64'));
      if (key === 'lfsFile') repo.files.set(path, objects.get(value.oid ?? '') ?? Buffer.from('lost'));
      if (key === 'deletedFile' && !repo.files.delete(path)) return json(400, { error: `${path} does not exist` });
    }
    repo.commits.push(header.summary ?? '');
    repo.sha = randomUUID();
    return json(200, { commitOid: repo.sha, commitUrl: `/commit/${repo.sha}`, hookOutput: '' });
  };

  const server = http.createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    requests.push(`${request.method} ${request.url}`);
    const { status, body, type } = await answer(request, Buffer.concat(pieces));
    response.writeHead(status, { 'content-type': type ?? 'application/octet-stream' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repos,
    requests,
    addRepo: (name, { isPrivate, files = {} }) => {
      const entries = Object.entries(files).map(([path, text]): [string, Buffer] => [path, Buffer.from(text)]);
      const repo: StandInRepo = { isPrivate, sha: randomUUID(), files: new Map(entries), commits: [] };
      repos.set(name, repo);
      return repo;
    },
    failNext: (path, ...statuses) => failures.push(...statuses.map((status) => ({ path, status }))),
    beforeNextCommit: (action) => {
      beforeCommit = action;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly type?: string;
}

const json = (status: number, value: unknown): Answer => ({
  status,
  body: Buffer.from(JSON.stringify(value)),
  type: 'application/json; charset=utf-8',
});

const forbidden = json(403, { error: 'You need write access for this.' });

const preupload = ({ files }: { files: { path: string }[] }): Answer =>
  json(200, { files: files.map(({ path }) => ({ path, uploadMode: isLfs(path) ? 'lfs' : 'regular' })) });

const treeEntry = (path: string, content: Buffer) => {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const sha1 = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  return {
    type: 'file',
    path,
    size: content.length,
    oid: sha1,
    ...(isLfs(path) && { lfs: { oid: sha256, size: content.length, pointerSize: 130 } }),
  };
};
