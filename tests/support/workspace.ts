// A folder of its own for a test, as a user would have it: config.json, data, notes. Gone when the test ends.

import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Workspace {
  readonly folder: string;
  path(...parts: string[]): string;
  writeConfig(config: unknown): Promise<void>;
  remove(): Promise<void>;
}

export const createWorkspace = async (): Promise<Workspace> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'turnlog-e2e-')));
  await mkdir(join(folder, 'notes'));
  await writeFile(join(folder, 'notes', 'a.txt'), 'alpha is 1\n');
  await writeFile(join(folder, 'notes', 'b.txt'), 'beta is 2\n');
  return {
    folder,
    path: (...parts) => join(folder, ...parts),
    writeConfig: (config) => writeFile(join(folder, 'config.json'), JSON.stringify(config, null, 2)),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
};

const require = createRequire(import.meta.url);

/** A public reference server, from the installed package. */
export const referenceServer = (name: 'filesystem' | 'memory' | 'everything', ...args: string[]) => {
  const manifest = require.resolve(`@modelcontextprotocol/server-${name}/package.json`);
  return { command: process.execPath, args: [join(dirname(manifest), 'dist/index.js'), ...args] };
};

/** The fixture server whose calls are counted in a file: one line a call. */
export const counterServer = (countFile: string, extra: Record<string, unknown> = {}) => ({
  command: process.execPath,
  args: [join(import.meta.dirname, '../../apps/worker/src/mcp/fixtures/counter-server.mjs')],
  env: { COUNT_FILE: countFile },
  enabledTools: ['count', 'slow'],
  ...extra,
});
