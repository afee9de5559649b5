// kill -9 of a worker, while its model speaks and while its tool works, on both backends: the turn completes, or waits
// where a repeat is not allowed; nothing happens twice.

import { existsSync, readFileSync } from 'node:fs';
import { createTestDatabase } from '@turnlog/db/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { type ScriptedModel, startScriptedModel } from './support/scripted-model.ts';
import { endAllProcesses, startProcess } from './support/turnlog-process.ts';
import { counterServer, createWorkspace, type Workspace } from './support/workspace.ts';

describe.each(backends())('on $name', ({ env }) => {
  let workspace: Workspace;
  let model: ScriptedModel;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let api: ApiClient;

  const processEnv = () => ({ DATABASE_URL: database.url, TURNLOG_TOKEN: 'test-token-of-this-suite', ...env() });
  const startWorker = () => startProcess({ args: ['start', '--only', 'worker'], cwd: workspace.folder, env: processEnv() });
  const effects = () =>
    existsSync(workspace.path('counted'))
      ? readFileSync(workspace.path('counted'), 'utf8')
          .split('\n')
          .filter((line) => /^(count|slow) /.test(line))
      : [];

  const setUp = async (tool: Record<string, unknown>) => {
    await workspace.writeConfig({
      mcpServers: { counter: counterServer(workspace.path('counted'), tool) },
      models: { scripted: { baseUrl: model.baseUrl, model: 'qwen3' } },
    });
    const server = await startProcess({
      args: ['start', '--only', 'api', '--port', '0'],
      cwd: workspace.folder,
      env: processEnv(),
    });
    api = createApiClient(server);
  };

  beforeEach(async () => {
    workspace = await createWorkspace();
    database = await createTestDatabase();
    model = await startScriptedModel({
      'speak slowly': [{ content: 'one two three four five six seven', latency: 150 }],
      'work slowly': [{ calls: [{ name: 'slow', arguments: { ms: 4_000 } }] }, { content: 'Worked.' }],
    });
  });
  afterEach(async () => {
    await endAllProcesses();
    await model.stop();
    await database.drop();
    await workspace.remove();
  });

  it('a model call that was under way is made again by another worker', async () => {
    await setUp({});
    const doomed = await startWorker();
    const { id } = await api.create({ input: 'speak slowly' });
    await api.untilEvent(id, ({ type }) => type === 'AttemptStarted');
    await doomed.end('SIGKILL');
    const killedAt = performance.now();
    await startWorker();
    const again = await api.untilEvent(
      id,
      ({ type, data }) => type === 'AttemptStarted' && (data as { attempt: number }).attempt === 2,
    );
    expect(performance.now() - killedAt).toBeLessThan(10_000);
    expect(again.version).toBeGreaterThan(0);
    const view = await api.until(id, isIdle);
    expect(view.messages.at(-1)?.content).toBe('one two three four five six seven');
    await checkConversation(api, id);
  });

  it('a tool call that was under way waits for a person, who may tell its result', async () => {
    await setUp({});
    const doomed = await startWorker();
    const { id } = await api.create({ input: 'work slowly' });
    await api.untilEvent(id, ({ type, data }) => type === 'AttemptStarted' && (data as { step: number }).step === 2);
    await api.until(id, () => effects().length === 1);
    await doomed.end('SIGKILL');
    await startWorker();
    const waiting = await api.until(id, ({ phase }) => phase === 'waiting');
    expect(waiting.waitingFor).toMatchObject([{ kind: 'unknown', tool: 'slow', actions: ['retry', 'resolve', 'tell'] }]);
    expect(effects()).toHaveLength(1);

    const result = { content: [{ type: 'text', text: 'It had slept.' }], isError: false };
    await api.post(`/conversations/${id}/tool-calls/${waiting.waitingFor?.[0]?.callId}/decision`, {
      decision: 'resolve',
      result,
    });
    const view = await api.until(id, isIdle);
    expect(view.messages.map(({ content }) => content)).toContain('It had slept.');
    expect(effects()).toHaveLength(1);
    await checkConversation(api, id);
  });

  it('a tool call that the operator lets repeat is made again, with the same effect id', async () => {
    await setUp({ onUnknownOutcome: 'retry' });
    const doomed = await startWorker();
    const { id } = await api.create({ input: 'work slowly' });
    await api.until(id, () => effects().length === 1);
    await doomed.end('SIGKILL');
    await startWorker();
    const view = await api.until(id, isIdle);
    expect(view.messages.at(-1)?.content).toBe('Worked.');
    const [first, second, ...more] = effects();
    expect(more).toEqual([]);
    expect(second).toBe(first);
    await checkConversation(api, id);
  });

  it('a worker that is asked to stop lets its call end and leaves the rest to others', async () => {
    await setUp({});
    const polite = await startWorker();
    const { id } = await api.create({ input: 'work slowly' });
    await api.until(id, () => effects().length === 1);
    expect(await polite.end('SIGTERM')).toBe(0);
    await api.untilEvent(id, ({ type }) => type === 'ToolReturned', 5_000);
    await startWorker();
    const view = await api.until(id, isIdle);
    expect(view.messages.at(-1)?.content).toBe('Worked.');
    expect(effects()).toHaveLength(1);
  });
});
