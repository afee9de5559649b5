// What the demo's tools work on: a folder of its own with three notes, new for every demo.

import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface DemoFiles {
  readonly folder: string;
  readonly notes: readonly string[];
  readonly summary: string;
  readonly memory: string;
}

const notes = {
  'ada.txt': 'Ada: the event log. 14 hours this week. Reviews the release on Friday.\n',
  'grace.txt': 'Grace: the queue. 28 hours this week.\n',
  'release.txt': 'Release on Friday. Ada reviews, Grace deploys.\n',
} as const;

export const createDemoFiles = async (dataDir: string): Promise<DemoFiles> => {
  const base = join(dataDir, 'demo');
  await rm(base, { recursive: true, force: true });
  await mkdir(join(base, 'notes'), { recursive: true });
  // The filesystem server compares real paths.
  const folder = join(await realpath(base), 'notes');
  for (const [name, text] of Object.entries(notes)) await writeFile(join(folder, name), text);
  return {
    folder,
    notes: Object.keys(notes).map((name) => join(folder, name)),
    summary: join(folder, 'summary.md'),
    memory: join(dirname(folder), 'memory.jsonl'),
  };
};

/** A configuration file as a user would write it; gives its path. */
export const writeDemoConfiguration = async (files: DemoFiles, baseUrl: string): Promise<string> => {
  const path = join(dirname(files.folder), 'config.json');
  const models = { recorded: { baseUrl, model: 'qwen3-recorded' } };
  await writeFile(path, `${JSON.stringify({ mcpServers: demoServers(files), models }, null, 2)}\n`);
  return path;
};

/** The three public reference servers, started from the installed packages: nothing is downloaded. */
const demoServers = ({ folder, memory }: DemoFiles) => ({
  filesystem: { command: process.execPath, args: [serverProgram('filesystem'), folder] },
  memory: { command: process.execPath, args: [serverProgram('memory')], env: { MEMORY_FILE_PATH: memory } },
  everything: { command: process.execPath, args: [serverProgram('everything'), 'stdio'], enabledTools: ['get-sum', 'echo'] },
});

const serverProgram = (name: string): string => {
  const require = createRequire(import.meta.url);
  const manifestPath = require.resolve(`@modelcontextprotocol/server-${name}/package.json`);
  const { bin } = require(manifestPath) as { bin: Record<string, string> };
  return join(dirname(manifestPath), Object.values(bin)[0] ?? 'dist/index.js');
};
