// Postgres refuses to run as root. A root process therefore runs it under another account: the owner of the data folder, or
// `nobody` when root owns that too. Files that only our process reads stay with root then, so that other daemons which run
// as `nobody` cannot reach the data: the folder above it is root's, mode 0700.

import { chown, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
  /** True when the account is the user whose folder this is: everything we create there becomes theirs. */
  readonly ownsFolder: boolean;
}

/** Undefined when the process is not root: the server then runs as the same user. */
export async function chooseServerAccount(dataDir: string, clusterData: string): Promise<ServerAccount | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const existing = await ownerOf(clusterData);
  const folder = (await ownerOf(dataDir)) ?? (await ownerOfNearestParent(dataDir));
  const accounts = await readAccounts();
  if (existing !== undefined && existing.uid !== 0) return { ...existing, ownsFolder: existing.uid === folder?.uid };
  // initdb looks its user up by uid, so a bare uid (a bind mount in a container) cannot create a cluster.
  const isKnown = accounts.some(({ uid }) => uid === folder?.uid);
  if (folder !== undefined && folder.uid !== 0 && isKnown) return { ...folder, ownsFolder: true };
  const nobody = accounts.find(({ name }) => name === 'nobody') ?? { uid: 65534, gid: 65534 };
  return { uid: nobody.uid, gid: nobody.gid, ownsFolder: false };
}

/** For the options of spawn: the account's ids, or none. */
export function runAs(account: ServerAccount | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

/** Gives a file that our process made to the user whose folder it is in, so that they can later run without root. */
export async function giveToFolderOwner(path: string, account: ServerAccount | undefined): Promise<void> {
  if (account?.ownsFolder) await chown(path, account.uid, account.gid);
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && { uid: found.uid, gid: found.gid };
}

async function ownerOfNearestParent(path: string): Promise<{ uid: number; gid: number } | undefined> {
  const parent = dirname(path);
  if (parent === path) return undefined;
  return (await ownerOf(parent)) ?? ownerOfNearestParent(parent);
}

async function readAccounts(): Promise<{ name: string; uid: number; gid: number }[]> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid }) => uid >= 0);
}
