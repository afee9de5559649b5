// A private copy of the Postgres binaries, for when the installed ones cannot be used where they lie: below a home that the
// server's account may not enter, or in a read-only folder without library links. Whoever can change these files runs code
// as the server, so a copy is used only if this user owns it and nobody else can write to it or swap it.

import { randomUUID } from 'node:crypto';
import { chmod, copyFile, lstat, mkdir, mkdtemp, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureLibraryLinks } from './library-links.ts';

const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

/** The folder of a faithful copy named `name` in `parent`, or undefined if `parent` is not a safe or writable place. */
export async function ensureBinariesCopy(native: string, parent: string, name: string): Promise<string | undefined> {
  const place = await realpath(parent).catch(() => undefined);
  if (place === undefined || !(await isSafePlace(place))) return undefined;
  const target = join(place, name);
  const files = await listFiles(native);
  if (await isFaithful(target, native, files)) return target;
  try {
    const staging = await mkdtemp(`${target}-`);
    try {
      await copyAll(native, staging, files);
      // An incomplete copy (a cleaner of temporary files was here) is moved aside; a stranger's one cannot be, and is not used.
      const aside = `${target}-${randomUUID()}`;
      if (await isOurs(target)) await rename(target, aside).catch(() => undefined);
      await rename(staging, target).catch(() => undefined); // Fails when another process has just published the same copy.
      await rm(aside, { recursive: true, force: true });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } catch {
    return undefined; // Not writable, or full: the caller has other places to try.
  }
  return (await isFaithful(target, native, files)) ? target : undefined;
}

async function isSafePlace(place: string): Promise<boolean> {
  const { uid, mode } = await stat(place);
  if (uid !== 0 && uid !== process.geteuid?.()) return false;
  return (mode & OTHERS_MAY_WRITE) === 0 || (mode & STICKY) !== 0;
}

async function isOurs(target: string): Promise<boolean> {
  const found = await lstat(target).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.geteuid?.() && (found.mode & OTHERS_MAY_WRITE) === 0;
}

/** Names and sizes are enough: nobody but us can have changed the content, only an interrupted copy or a cleaner removes files. */
async function isFaithful(target: string, native: string, files: readonly string[]): Promise<boolean> {
  if (!(await isOurs(target))) return false;
  const same = await Promise.all(
    files.map(async (file) => {
      const [copy, original] = await Promise.all([lstat(join(target, file)).catch(() => undefined), stat(join(native, file))]);
      return copy?.isFile() === true && copy.size === original.size;
    }),
  );
  return same.every(Boolean) && (await ensureLibraryLinks(target));
}

async function copyAll(native: string, staging: string, files: readonly string[]): Promise<void> {
  const folders = new Set(files.map((file) => join(staging, file, '..')));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  for (const file of files) {
    const copy = join(staging, file);
    await copyFile(join(native, file), copy);
    // The umask of the install does not matter here: the server's account must be able to read all of it.
    await chmod(copy, ((await stat(join(native, file))).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
  await ensureLibraryLinks(staging);
  for (const entry of await readdir(staging, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
  await chmod(staging, 0o755);
}

async function listFiles(native: string): Promise<string[]> {
  const entries = await readdir(native, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.a')) // Static archives serve compilers only.
    .map((entry) => join(entry.parentPath, entry.name).slice(native.length + 1));
}
