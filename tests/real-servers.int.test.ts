// Servers that are not ours, over stdio: each lists its tools and does one real thing, which is looked at from outside.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMcpToolHost, type McpServerConfig } from '@turnlog/worker';
import { describe, expect, it, onTestFinished } from 'vitest';
import { browserArguments, findChromium } from './support/chromium.ts';
import { startCountingPage } from './support/counting-page.ts';
import { peerProgram } from './support/peers.ts';
import { referenceServer } from './support/workspace.ts';

const never = new AbortController().signal;

interface Program {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A host of this one server, and a folder for it that is gone afterwards. */
const setup = (program: (folder: string) => Program) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'turnlog-real-')));
  const { args, env = {} } = program(folder);
  const config: McpServerConfig = {
    type: 'stdio',
    command: process.execPath,
    args,
    // What a server writes for itself belongs neither into this repository nor into the home of whoever tests.
    cwd: folder,
    env: { HOME: folder, ...env },
    scope: 'shared',
    trust: false,
    timeoutMs: 30_000,
  };
  const host = createMcpToolHost({ server: config });
  onTestFinished(async () => {
    await host.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const list = async () => {
    const listing = await host.list(['server'], never);
    return listing.type === 'listed' ? listing.tools.map(({ name }) => name) : listing.failure;
  };
  const call = async (tool: string, args: Record<string, unknown> = {}) => {
    const request = { conversationId: 'conversation', server: 'server', tool, arguments: args, effectId: 'effect' };
    const outcome = await host.call(request, never);
    if (outcome.type !== 'returned') throw new Error(JSON.stringify(outcome));
    return { ...outcome.result, text: JSON.stringify(outcome.result) };
  };
  return { folder, list, call };
};

/** Its one test is skipped where the program is not installed. */
const withPeer = (name: string, run: (program: string) => Promise<void>) => {
  const program = peerProgram(name);
  it.runIf(program !== undefined)(name, () => run(String(program)));
};

describe('a server of others does what the model asked for', () => {
  it('@modelcontextprotocol/server-everything', async () => {
    const { list, call } = setup(() => referenceServer('everything'));

    expect(await list()).toHaveLength(15);
    expect(await call('get-sum', { a: 14, b: 28 })).toMatchObject({ isError: false, text: expect.stringContaining('42') });
  });

  it('@modelcontextprotocol/server-filesystem', async () => {
    const { folder, list, call } = setup((own) => referenceServer('filesystem', own));

    expect(await list()).toHaveLength(14);
    await call('write_file', { path: join(folder, 'note.txt'), content: 'written by a tool' });
    expect(readFileSync(join(folder, 'note.txt'), 'utf8')).toBe('written by a tool');
  });

  it('@modelcontextprotocol/server-memory', async () => {
    const { folder, list, call } = setup((own) => ({
      ...referenceServer('memory'),
      env: { MEMORY_FILE_PATH: join(own, 'memory.jsonl') },
    }));

    expect(await list()).toHaveLength(9);
    await call('create_entities', { entities: [{ name: 'Ada', entityType: 'person', observations: ['owns the log'] }] });
    const found = await call('search_nodes', { query: 'log' });

    expect(found).toMatchObject({ isError: false, structuredContent: { entities: [{ name: 'Ada' }] } });
    expect(readFileSync(join(folder, 'memory.jsonl'), 'utf8')).toContain('owns the log');
  });

  withPeer('@modelcontextprotocol/server-sequential-thinking', async (program) => {
    const { list, call } = setup(() => ({ args: [program] }));
    const think = (thoughtNumber: number) =>
      call('sequentialthinking', { thought: 'Hm.', thoughtNumber, totalThoughts: 2, nextThoughtNeeded: true });

    expect(await list()).toEqual(['sequentialthinking']);
    await think(1);
    expect(await think(2)).toMatchObject({ structuredContent: { thoughtHistoryLength: 2 } });
  });

  withPeer('mcp-git', async (program) => {
    const { folder, list, call } = setup(() => ({ args: [program] }));
    const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
    git('init', '-q');
    git('config', 'user.email', 'ada@example.test');
    git('config', 'user.name', 'Ada');
    writeFileSync(join(folder, 'note.txt'), 'to be kept\n');

    expect(await list()).toHaveLength(15);
    await call('git_add', { repo_path: folder, files: ['note.txt'] });
    await call('git_commit', { repo_path: folder, message: 'Keeps the note' });

    expect(git('log', '--format=%s %an')).toBe('Keeps the note Ada\n');
  });

  withPeer('@wonderwhy-er/desktop-commander', async (program) => {
    const { folder, list, call } = setup(() => ({ args: [program] }));

    expect(await list()).toHaveLength(26);
    await call('write_file', { path: join(folder, 'report.txt'), content: 'from the desktop' });
    expect(readFileSync(join(folder, 'report.txt'), 'utf8')).toBe('from the desktop');
    expect(await call('read_file', { path: join(folder, 'report.txt') })).toMatchObject({
      isError: false,
      text: expect.stringContaining('from the desktop'),
    });
  });

  const chromium = findChromium();
  const playwright = peerProgram('@playwright/mcp');
  it.runIf(chromium !== undefined && playwright !== undefined)('@playwright/mcp', async () => {
    const page = await startCountingPage();
    onTestFinished(page.stop);
    const { list, call } = setup(() => ({ args: [String(playwright), ...browserArguments(String(chromium))] }));

    expect(await list()).toHaveLength(25);
    const seen = await call('browser_navigate', { url: page.url });

    expect(seen).toMatchObject({ isError: false, text: expect.stringContaining('Page Title: Counting') });
  });
});
