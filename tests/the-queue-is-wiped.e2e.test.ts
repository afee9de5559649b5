// The queue is disposable: with everything in it gone in the middle of 100 turns, every turn completes.

import { createTestDatabase } from '@turnlog/db/testing';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { type ScriptedModel, startScriptedModel } from './support/scripted-model.ts';
import { endAllProcesses, startProcess } from './support/turnlog-process.ts';
import { counterServer, createWorkspace, type Workspace } from './support/workspace.ts';

const turns = 100;

describe.each(backends())('on $name', ({ name, env }) => {
  let workspace: Workspace;
  let model: ScriptedModel;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;

  beforeEach(async () => {
    workspace = await createWorkspace();
    database = await createTestDatabase();
    model = await startScriptedModel({
      'count twice': [
        { calls: [{ name: 'count' }, { name: 'count', arguments: { again: true } }], latency: 5 },
        { content: 'Counted twice.', latency: 5 },
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

  const wipe = async (): Promise<void> => {
    if (name === 'Redis') {
      const redis = new Redis(env().REDIS_URL ?? '');
      await redis.flushall();
      redis.disconnect();
      return;
    }
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('delete from bullmq.job');
    await client.end();
  };

  it('every one of 100 running turns completes, and no tool is called twice', async () => {
    const running = await startProcess({
      args: ['start', '--port', '0', '--concurrency', '10'],
      cwd: workspace.folder,
      env: { DATABASE_URL: database.url, ...env() },
    });
    const api = createApiClient(running);
    const created = await Promise.all(Array.from({ length: turns }, () => api.create({ input: 'count twice' })));
    const first = created[0]?.id ?? '';
    await api.untilEvent(first, ({ type }) => type === 'ModelResponded');
    await wipe();
    for (const { id } of created) {
      const view = await api.until(id, isIdle, 60_000);
      expect(view.messages.at(-1)?.content).toBe('Counted twice.');
    }
    for (const { id } of created) {
      const events = await api.events(id);
      expect(events.filter(({ type }) => type === 'AttemptStarted')).toHaveLength(4);
    }
    await checkConversation(api, first);
    await running.end();
  });
});
