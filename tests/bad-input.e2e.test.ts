// Everything a user gets wrong, and everything the world does to them: a clear error or a visible wait, and nothing lost.

import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createTestDatabase, openTcpProxy } from '@turnlog/db/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { type ScriptedModel, startScriptedModel } from './support/scripted-model.ts';
import { endAllProcesses, runTurnlog, spawnTurnlog, startProcess } from './support/turnlog-process.ts';
import { counterServer, createWorkspace, type Workspace } from './support/workspace.ts';

let workspace: Workspace;
let model: ScriptedModel;
let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeEach(async () => {
  workspace = await createWorkspace();
  database = await createTestDatabase();
  model = await startScriptedModel({
    'count slowly': [{ calls: [{ name: 'slow', arguments: { ms: 2_000 } }] }, { content: 'Counted slowly.', latency: 50 }],
  });
  await workspace.writeConfig({
    mcpServers: { counter: counterServer(workspace.path('counted')) },
    models: { scripted: { baseUrl: model.baseUrl, model: 'qwen3' } },
  });
});
afterEach(async () => {
  await endAllProcesses();
  await model.stop();
  await database.drop();
  await workspace.remove();
});

const cli = (args: readonly string[], env: Record<string, string> = {}) =>
  runTurnlog({ args, cwd: workspace.folder, env: { DATABASE_URL: database.url, ...env } });

describe('the command line', () => {
  it('names the place and what it takes when config.json is wrong', async () => {
    await workspace.writeConfig({ mcpServers: { files: { args: 'no' } } });
    const { code, output } = await cli(['start', '--port', '0']);
    expect(code).toBe(2);
    expect(output).toMatch(/mcpServers\.files/);
  });

  it('names a variable that is not set, never the literal', async () => {
    await workspace.writeConfig({ mcpServers: { files: { command: 'node', env: { KEY: '${NOT_SET_ANYWHERE}' } } } });
    expect(await cli(['start', '--port', '0'])).toMatchObject({ code: 2, output: expect.stringMatching(/NOT_SET_ANYWHERE/) });
  });

  it('refuses a configuration file that was named and is not there', async () => {
    expect(await cli(['start', '--config', 'nowhere.json'])).toMatchObject({
      code: 2,
      output: expect.stringMatching(/nowhere\.json/),
    });
  });

  it('says the name, what it got and what it takes when a variable is wrong', async () => {
    const { code, output } = await cli(['start'], { TURNLOG_PORT: 'many' });
    expect({ code, output }).toMatchObject({ code: 2, output: expect.stringMatching(/TURNLOG_PORT.*many.*takes/s) });
  });

  it('names a busy port and how to choose another', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const { code, output } = await cli(['start', '--port', String(port)]);
    holder.close();
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringMatching(new RegExp(`${port}.*TURNLOG_PORT`)) });
  });

  it('refuses to export over files that are not its own', async () => {
    const out = workspace.path('precious');
    await mkdir(workspace.path('precious', 'trace'), { recursive: true });
    await writeFile(workspace.path('precious', 'trace', 'mine.txt'), 'mine');
    expect(await cli(['export-traces', '--out', out])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/no manifest of ours/),
    });
  });

  it('explains each command and its flags, and exits with 2 when called wrongly', async () => {
    for (const command of ['start', 'demo', 'export-traces', 'db']) {
      expect(await cli([command, '--help'])).toMatchObject({ code: 0, output: expect.stringMatching(/Usage: turnlog/) });
    }
    expect(await cli(['export-traces', '--format', 'poem'])).toMatchObject({ code: 2, output: expect.stringMatching(/poem/) });
    expect(await cli(['sing'])).toMatchObject({ code: 2 });
  });
});

describe('the database', () => {
  it('is waited for, visibly, when it is down at the start', async () => {
    const proxy = await openTcpProxy(database.url);
    await proxy.goAway();
    const waiting = spawnTurnlog({ args: ['start', '--port', '0'], cwd: workspace.folder, env: { DATABASE_URL: proxy.url } });
    await waiting.said(/Waiting for the database/);
    await proxy.comeBack();
    await waiting.said(/Ctrl-C stops/);
    waiting.child.kill('SIGTERM');
    expect(await waiting.ended).toBe(0);
    await proxy.close();
  });

  it('may go away for 20 s in the middle of a turn: nothing is lost and nothing happens twice', async () => {
    const proxy = await openTcpProxy(database.url);
    const running = await startProcess({
      args: ['start', '--port', '0'],
      cwd: workspace.folder,
      env: { DATABASE_URL: proxy.url },
    });
    const api = createApiClient(running);
    const { id } = await api.create({ input: 'count slowly' });
    await api.untilEvent(id, ({ type, data }) => type === 'AttemptStarted' && (data as { step: number }).step === 2);
    await proxy.goAway();
    const away = performance.now();
    for (const path of [`/conversations/${id}/events`, '/conversations', '/tools'])
      expect((await api.raw(path)).status).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 20_000 - (performance.now() - away)));
    await proxy.comeBack();
    const view = await api.until(id, isIdle, 40_000);
    expect(view.messages.at(-1)?.content).toBe('Counted slowly.');
    const events = await api.events(id);
    expect(events.filter(({ type }) => type === 'ToolReturned')).toHaveLength(1);
    expect(events.filter(({ type, data }) => type === 'AttemptStarted' && (data as { step: number }).step === 2)).toHaveLength(1);
    await checkConversation(api, id);
    expect(await running.end()).toBe(0);
    await proxy.close();
  });
});

describe('the API', () => {
  it('answers each mistake with a problem that says what is wrong', async () => {
    const running = await startProcess({
      args: ['start', '--port', '0'],
      cwd: workspace.folder,
      env: { DATABASE_URL: database.url },
    });
    const api = createApiClient(running);
    const post = (body: string, type = 'application/json') =>
      api.raw('/conversations', { method: 'POST', body, headers: { 'content-type': type } });
    const mistakes: readonly [Promise<Response>, number, RegExp][] = [
      [post('{"input":'), 400, /JSON/],
      [post('{"inptu":"x"}'), 422, /inptu/],
      [post('{"model":"no-such-model"}'), 422, /no-such-model/],
      [post('{"servers":["no-such-server"]}'), 422, /no-such-server/],
      [post(JSON.stringify({ input: 'x'.repeat(10_000_000) })), 413, /large|MiB|bytes/i],
      [post('input=x', 'text/plain'), 415, /application\/json/],
      [api.raw('/conversations/00000000-0000-4000-8000-000000000000'), 404, /conversation/i],
      [api.raw('/conversations?limit=9999'), 422, /limit/],
      [api.raw('/nowhere'), 404, /nowhere|route/i],
      [fetch(new URL('/conversations', running.url)), 401, /token/i],
    ];
    for (const [answer, status, words] of mistakes) {
      const response = await answer;
      const text = await response.text();
      expect({ status: response.status, text }).toMatchObject({ status, text: expect.stringMatching(words) });
      expect(response.headers.get('content-type')).toMatch(/application\/problem\+json/);
    }
    expect(await running.end()).toBe(0);
  });
});
