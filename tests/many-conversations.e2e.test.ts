// 200 conversations at once over two workers.

import { createTestDatabase } from '@turnlog/db/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { type ScriptedModel, startScriptedModel } from './support/scripted-model.ts';
import { endAllProcesses, startProcess } from './support/turnlog-process.ts';
import { counterServer, createWorkspace, type Workspace } from './support/workspace.ts';

describe.each(backends())('on $name', ({ env }) => {
  let workspace: Workspace;
  let model: ScriptedModel;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;

  beforeEach(async () => {
    workspace = await createWorkspace();
    database = await createTestDatabase();
    model = await startScriptedModel({
      'count three times': [
        { calls: [1, 2, 3].map((n) => ({ name: 'count', arguments: { n } })) },
        { content: 'Counted three times.' },
      ],
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

  it('200 conversations complete over 2 workers, with versions 1..n each', async () => {
    const processEnv = { DATABASE_URL: database.url, TURNLOG_TOKEN: 'test-token-of-this-suite', ...env() };
    const start = (...args: string[]) => startProcess({ args: ['start', ...args], cwd: workspace.folder, env: processEnv });
    const [server] = await Promise.all([
      start('--only', 'api', '--port', '0'),
      start('--only', 'worker'),
      start('--only', 'worker'),
    ]);
    const api = createApiClient(server);
    const created = await Promise.all(Array.from({ length: 200 }, () => api.create({ input: 'count three times' })));
    const workers = new Set<string>();
    for (const { id } of created) {
      const view = await api.until(id, isIdle, 90_000);
      expect(view.messages.at(-1)?.content).toBe('Counted three times.');
      const events = await api.events(id);
      expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
      for (const event of events) if (event.type === 'AttemptStarted') workers.add(event.data.worker);
    }
    expect(workers.size).toBe(2);
    await checkConversation(api, created[0]?.id ?? '');
    await checkConversation(api, created[199]?.id ?? '');
  });
});
