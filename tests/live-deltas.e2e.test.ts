// What a model says reaches a listener as it is said, also when API and worker are two processes.

import { createTestDatabase } from '@turnlog/db/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiClient } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { type ScriptedModel, startScriptedModel } from './support/scripted-model.ts';
import { endAllProcesses, startProcess } from './support/turnlog-process.ts';
import { createWorkspace, type Workspace } from './support/workspace.ts';

const said = 'one two three four five';

describe.each(backends())('on $name', ({ env }) => {
  let workspace: Workspace;
  let model: ScriptedModel;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;

  beforeEach(async () => {
    workspace = await createWorkspace();
    database = await createTestDatabase();
    model = await startScriptedModel({ 'count aloud': [{ reasoning: 'Slowly.', content: said, latency: 60 }] });
    await workspace.writeConfig({ models: { scripted: { baseUrl: model.baseUrl, model: 'qwen3' } } });
  });
  afterEach(async () => {
    await endAllProcesses();
    await model.stop();
    await database.drop();
    await workspace.remove();
  });

  it('deltas of another process come before the event that replaces them, and add up to it', async () => {
    const processEnv = { DATABASE_URL: database.url, TURNLOG_TOKEN: 'test-token-of-this-suite', ...env() };
    const start = (...args: string[]) => startProcess({ args: ['start', ...args], cwd: workspace.folder, env: processEnv });
    const [server] = await Promise.all([start('--only', 'api', '--port', '0'), start('--only', 'worker')]);
    const { id } = await createApiClient(server).create({});
    const leaving = new AbortController();
    const response = await fetch(new URL(`/conversations/${id}/events`, server.url), {
      signal: leaving.signal,
      headers: { authorization: `Bearer ${server.token}`, accept: 'text/event-stream' },
    });
    await createApiClient(server).post(`/conversations/${id}/turns`, { input: 'count aloud' });

    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes('ModelResponded')) break;
    }
    leaving.abort();

    const deltas = [...text.slice(0, text.indexOf('ModelResponded')).matchAll(/^event: ?delta\ndata: ?(.*)$/gm)].map(([, data]) =>
      JSON.parse(data ?? ''),
    );
    expect(deltas.length).toBeGreaterThan(2);
    expect(said.startsWith(deltas.map((delta) => delta.content ?? '').join(''))).toBe(true);
    expect(deltas.map((delta) => delta.reasoning ?? '').join('')).toBe('Slowly.');
  });
});
