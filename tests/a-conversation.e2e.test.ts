// The first five minutes of a user: start, ask, watch, take the trace, stop, come back.

import { readdir, readFile, readlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { type ScriptedModel, startScriptedModel } from './support/scripted-model.ts';
import { endAllProcesses, runTurnlog, startProcess } from './support/turnlog-process.ts';
import { createWorkspace, referenceServer, type Workspace } from './support/workspace.ts';

let workspace: Workspace;
let model: ScriptedModel;

beforeEach(async () => {
  workspace = await createWorkspace();
  const notes = workspace.path('notes');
  model = await startScriptedModel({
    'add up my notes': [
      { reasoning: 'Look first.', calls: [{ name: 'list_directory', arguments: { path: notes } }] },
      {
        content: 'Reading both.',
        calls: [
          { name: 'read_text_file', arguments: { path: workspace.path('notes', 'a.txt') } },
          { name: 'read_text_file', arguments: { path: workspace.path('notes', 'b.txt') } },
          { name: 'read_text_file', arguments: { path: '/etc/passwd' } },
        ],
      },
      { content: 'Together they are 3.' },
    ],
    'say hello': [{ content: 'Hello.' }],
  });
  await workspace.writeConfig({
    mcpServers: { files: referenceServer('filesystem', notes) },
    models: { scripted: { baseUrl: model.baseUrl, model: 'qwen3' } },
  });
});

afterEach(async () => {
  await endAllProcesses();
  await model.stop();
  await workspace.remove();
});

const start = (env = {}) => startProcess({ args: ['start', '--port', '0'], cwd: workspace.folder, env });

describe('npm start on a machine with only Node', () => {
  it('answers a wish with real tools, keeps everything over a restart, and exports it while it is stopped', async () => {
    const first = await start();
    const api = createApiClient(first);
    const { id } = await api.create({ input: 'add up my notes' });
    const view = await api.until(id, isIdle);
    expect(view.lastTurn?.end).toBe('completed');
    expect(view.messages.at(-1)).toMatchObject({ role: 'assistant', content: 'Together they are 3.' });

    const trace = await api.trace(id);
    expect(trace.messages.map((message) => message.role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'tool',
      'tool',
      'tool',
      'assistant',
    ]);
    expect(trace.messages[1]).toMatchObject({ reasoning_content: 'Look first.', content: '' });
    expect(trace.messages[4]).toMatchObject({ content: 'alpha is 1\n' });
    expect(trace.messages[6]?.content).toMatch(/denied/i);
    expect(trace.tools.map((tool) => tool.function.name)).toContain('read_text_file');
    await checkConversation(api, id);

    expect(await first.end('SIGINT')).toBe(0);
    expect(await processesOf(workspace.folder)).toEqual([]);
    const out = workspace.path('exports');
    const exported = await runTurnlog({ args: ['export-traces', '--out', out, '--json'], cwd: workspace.folder });
    expect(exported).toMatchObject({ code: 0 });
    const manifest = JSON.parse(await readFile(workspace.path('exports', 'trace', 'manifest.json'), 'utf8'));
    expect(JSON.parse(await readFile(workspace.path('exports', 'trace', manifest.files[0].path), 'utf8'))).toEqual(trace);

    const second = await start();
    const again = createApiClient(second);
    expect(await again.view(id)).toEqual(view);
    const more = await again.post<{ turn: number }>(`/conversations/${id}/turns`, { input: 'say hello' });
    expect(more.turn).toBe(2);
    expect(await second.end()).toBe(0);
  });

  it('streams events and deltas, and resumes after the last event a client has seen', async () => {
    const running = await start();
    const api = createApiClient(running);
    const { id } = await api.create({ input: 'add up my notes' });
    const whole = await readStream(running, id, undefined, (text) => text.includes('TurnCompleted'));
    const ids = [...whole.matchAll(/^id: ?(\d+)$/gm)].map(([, version]) => Number(version));
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    const rest = await readStream(running, id, '5', (text) => text.includes('TurnCompleted'));
    expect(Number(/^id: ?(\d+)$/m.exec(rest)?.[1])).toBe(6);
    await running.end();
  });
});

/** Processes that still know the folder: MCP servers by their arguments, Postgres by its working directory. */
const processesOf = async (folder: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (commandLine.includes(folder) || directory.startsWith(folder)) found.push(`${pid} ${commandLine.replaceAll('\0', ' ')}`);
  }
  return found;
};

const readStream = async (
  { url, token }: { readonly url: string; readonly token: string },
  id: string,
  lastEventId: string | undefined,
  isEnough: (text: string) => boolean,
): Promise<string> => {
  const leaving = new AbortController();
  const response = await fetch(new URL(`/conversations/${id}/events`, url), {
    signal: leaving.signal,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      ...(lastEventId && { 'last-event-id': lastEventId }),
    },
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (isEnough(text)) break;
  }
  leaving.abort();
  return text;
};
