// Programs of others that the tests meet: installed by `npm ci --prefix tests/peers`, too big for everybody's install.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../peers/node_modules');

/** The folder of an installed peer; undefined, and said loudly, where it is not installed. */
export const findPeer = (name: string): string | undefined => {
  const path = join(folder, name);
  if (existsSync(join(path, 'package.json'))) return path;
  console.warn(`SKIPPED: the tests with ${name}; \`npm ci --prefix tests/peers\` installs it.`);
  return undefined;
};

/** The program that an installed peer names in its `bin`, to be started with this Node. */
export const peerProgram = (name: string, command?: string): string | undefined => {
  const path = findPeer(name);
  if (path === undefined) return undefined;
  const { bin } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as { bin?: string | Record<string, string> };
  const program = typeof bin === 'object' ? (command === undefined ? Object.values(bin)[0] : bin[command]) : bin;
  return program === undefined ? undefined : join(path, program);
};
