// npm runs a script in the folder of its package and says in INIT_CWD where the user stood.

import { dirname } from 'node:path';

/** Gives the folder the user typed the command in: relative paths and `.env` belong to it. */
export function userFolder(variables: Readonly<Record<string, string | undefined>>, currentFolder: string): string {
  const { INIT_CWD: typedIn, npm_package_json: packageFile } = variables;
  if (typedIn === undefined || typedIn === '') return currentFolder;
  // A process that something inside an npm script started elsewhere inherits INIT_CWD, and does not mean it.
  if (packageFile !== undefined && dirname(packageFile) !== currentFolder) return currentFolder;
  return typedIn;
}
