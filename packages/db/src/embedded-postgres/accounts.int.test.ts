import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ensureBinariesCopy } from './binaries-copy.ts';
import { clusterPaths } from './cluster-paths.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { ensureLibraryLinks } from './library-links.ts';
import { findPostgresBinaries, installedNative } from './postgres-binaries.ts';
import { createSandbox, query, serverPidOf } from './testing/sandbox.ts';

const NOBODY = 65534;
const isRoot = process.platform === 'linux' && process.geteuid?.() === 0;
const sandbox = createSandbox();
afterEach(() => sandbox.close());

describe.skipIf(!isRoot)('as root (skipped: only root can test what root does)', () => {
  it('runs the server as another user, below a home that this user may not enter, and changes no parent', async () => {
    const dataDir = sandbox.dataDir({ mode: 0o700 });
    const server = await startEmbeddedPostgres({ dataDir });
    expect(await query(server.url, 'select 1 as one')).toEqual({ one: 1 });
    expect(uidOf(await serverPidOf(dataDir))).toBe(NOBODY);
    expect(statSync(dirname(dataDir)).mode & 0o777).toBe(0o700);
    const { root, cluster, data } = clusterPaths(dataDir);
    expect([root, cluster, data].map((path) => [statSync(path).uid, statSync(path).mode & 0o777])).toEqual([
      [0, 0o700],
      [0, 0o700],
      [NOBODY, 0o700],
    ]);
    await server.stop();
  });

  it('runs the server as the owner of the folder, who can go on without root', async () => {
    const dataDir = sandbox.dataDir({ uid: NOBODY, mode: 0o700 });
    const server = await startEmbeddedPostgres({ dataDir });
    await query(server.url, 'create table kept as select 42 as answer');
    expect(uidOf(await serverPidOf(dataDir))).toBe(NOBODY);
    await server.stop();
    const { root } = clusterPaths(dataDir);
    expect(readdirSync(root).map((name) => statSync(join(root, name)).uid)).toEqual(readdirSync(root).map(() => NOBODY));
    const later = sandbox.otherProcess(dataDir, { uid: NOBODY });
    expect(await later.report).toMatchObject({ owned: true });
    expect(await query((await later.report).url ?? '', 'select answer from kept')).toEqual({ answer: 42 });
    await later.stop();
  });

  it('copies programs that the account cannot reach, once, to a folder that only root can change', async () => {
    const native = copyOfNative(sandbox.folder({ mode: 0o700 }));
    const found = await findPostgresBinaries({
      account: { uid: NOBODY, gid: NOBODY, ownsFolder: false },
      privateDir: '/nowhere',
      native,
    });
    const copy = dirname(dirname(found.postgres));
    try {
      expect(copy).not.toBe(native);
      expect([lstatSync(copy).uid, lstatSync(copy).mode & 0o777]).toEqual([0, 0o755]);
      const { ino } = lstatSync(copy);
      await findPostgresBinaries({ account: { uid: NOBODY, gid: NOBODY, ownsFolder: false }, privateDir: '/nowhere', native });
      expect(lstatSync(copy).ino).toBe(ino);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });

  it('never uses a copy that another user planted or can write to, and replaces an incomplete one', async () => {
    const [native, place] = [copyOfNative(sandbox.folder()), sandbox.folder()];
    const copy = (await ensureBinariesCopy(native, place, 'copy')) ?? '';
    rmSync(join(copy, 'lib', 'libssl.so.1.1'));
    expect(await ensureBinariesCopy(native, place, 'copy')).toBe(copy);
    expect(lstatSync(join(copy, 'lib', 'libssl.so.1.1')).isFile()).toBe(true);
    chownSync(copy, NOBODY, NOBODY);
    expect(await ensureBinariesCopy(native, place, 'copy')).toBeUndefined();
    const open = sandbox.folder();
    chmodSync(open, 0o777);
    expect(await ensureBinariesCopy(native, open, 'copy')).toBeUndefined();
  });
});

describe.skipIf(!isRoot)('as an ordinary user (skipped: only root can become another user)', () => {
  it('runs the server as that user', async () => {
    const dataDir = sandbox.dataDir({ uid: NOBODY, mode: 0o700 });
    const other = sandbox.otherProcess(dataDir, { uid: NOBODY });
    const { url = '', owned } = await other.report;
    expect(owned).toBe(true);
    expect(await query(url, 'select 1 as one')).toEqual({ one: 1 });
    expect(uidOf(await serverPidOf(dataDir))).toBe(NOBODY);
    await other.stop();
  });

  it('says so when the folder cannot be written or the data belongs to somebody else', async () => {
    expect(await sandbox.otherProcess(sandbox.dataDir(), { uid: NOBODY }).report).toMatchObject({
      code: 'data-dir-not-writable',
    });
    const dataDir = sandbox.dataDir();
    await (await startEmbeddedPostgres({ dataDir })).stop();
    expect(await sandbox.otherProcess(dataDir, { uid: NOBODY }).report).toMatchObject({ code: expect.stringMatching(/^data-/) });
  });

  it('copies the programs to the data folder when their links are missing in a read-only install', async () => {
    const native = copyOfNative(sandbox.folder());
    const privateDir = sandbox.folder({ uid: NOBODY, mode: 0o700 });
    const report = await sandbox.evaluate(
      `const { findPostgresBinaries } = await import(embedded + '/postgres-binaries.js');
       const native = ${JSON.stringify(native)}, privateDir = ${JSON.stringify(privateDir)};
       findPostgresBinaries({ account: undefined, privateDir, native }).then(say, (error) => say({ code: error.code, message: error.message }));`,
      { uid: NOBODY },
    );
    expect(report.postgres).toMatch(new RegExp(`^${privateDir}/`));
    expect(report.major).toBe('18');
  });
});

describe('library links', () => {
  it('are made when missing, by two at once, and once there need no right to write', async () => {
    const native = copyOfNative(sandbox.folder());
    expect(await Promise.all([ensureLibraryLinks(native), ensureLibraryLinks(native)])).toEqual([true, true]);
    expect(lstatSync(join(native, 'lib', 'libpq.so.5')).isSymbolicLink()).toBe(true);
    chmodSync(join(native, 'lib'), 0o555);
    expect(await ensureLibraryLinks(native)).toBe(true);
    chmodSync(join(native, 'lib'), 0o755);
  });

  it('are not the reason on a platform without programs, where the error names DATABASE_URL', () => {
    expect(() => installedNative('plan9', 'mips')).toThrow(
      expect.objectContaining({ code: 'unsupported-platform', message: expect.stringContaining('DATABASE_URL') }),
    );
  });
});

/** As npm leaves it when install scripts are blocked: without links. */
function copyOfNative(parent: string): string {
  const native = join(parent, 'package', 'native');
  mkdirSync(dirname(native));
  cpSync(installedNative(), native, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
  writeFileSync(join(native, '..', 'package.json'), JSON.stringify({ version: `test-${process.pid}` }));
  return native;
}

function uidOf(pid: number): number {
  return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
