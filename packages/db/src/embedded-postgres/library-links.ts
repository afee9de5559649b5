// npm packages cannot hold symlinks, so the Postgres packages list theirs in pg-symlinks.json and make them in an install
// script. Installs that block scripts leave them out, and then no binary finds its libraries: this module makes them.

import { lstat, readFile, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errnoOf } from './postgres-start-error.ts';

/** True when every link is there; false when some are missing and the folder cannot be written. Safe to run in parallel. */
export async function ensureLibraryLinks(native: string): Promise<boolean> {
  for (const { source, target } of await readLinks(native)) {
    const path = join(native, target);
    if (await lstat(path).catch(() => undefined)) continue;
    try {
      // Source and target share a folder, and a bare name keeps the link right when the folder is moved.
      await symlink(basename(source), path);
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'EEXIST') continue;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      throw error;
    }
  }
  return true;
}

async function readLinks(native: string): Promise<{ source: string; target: string }[]> {
  let text: string;
  try {
    text = await readFile(join(native, 'pg-symlinks.json'), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []; // Windows has no links.
    throw error;
  }
  const links = JSON.parse(text) as { source: string; target: string }[];
  const inside = (path: string) => path.replace(/^native\//, '');
  return links.map(({ source, target }) => ({ source: inside(source), target: inside(target) }));
}
