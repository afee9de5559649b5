// Every prefix is a valid past: a conversation in which everything happens is replayed, verified and forked at every version,
// and an erased one leaves its versions behind.

import type { ConversationView, VerifyReport } from '@turnlog/core';
import { createTestDatabase } from '@turnlog/db/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { type ScriptedModel, startScriptedModel } from './support/scripted-model.ts';
import { endAllProcesses, runTurnlog, startProcess } from './support/turnlog-process.ts';
import { counterServer, createWorkspace, type Workspace } from './support/workspace.ts';

let workspace: Workspace;
let model: ScriptedModel;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let direct: Client;
let api: ApiClient;

const said = { content: '' };

beforeEach(async () => {
  workspace = await createWorkspace();
  database = await createTestDatabase();
  direct = new Client({ connectionString: database.url });
  await direct.connect();
  model = await startScriptedModel({
    'do everything': [
      {
        failsFirst: true,
        calls: [
          { name: 'count' },
          { name: 'count' },
          { name: 'slow', arguments: { ms: 1 } },
          { name: 'slow', arguments: { ms: 2 } },
        ],
      },
      { content: 'Done.' },
    ],
    'wait for long': [said, said, { calls: [{ name: 'slow', arguments: { ms: 60_000 } }] }],
    'carry on': [said, { content: 'Carried on.' }],
    'say it better': [{ content: 'Better.' }],
  });
  await workspace.writeConfig({
    mcpServers: { counter: counterServer(workspace.path('counted')) },
    models: { scripted: { baseUrl: model.baseUrl, model: 'qwen3' } },
  });
  api = createApiClient(await startProcess({ args: ['start', '--port', '0'], cwd: workspace.folder, env: processEnv() }));
});

afterEach(async () => {
  await endAllProcesses();
  await model.stop();
  await direct.end();
  await database.drop();
  await workspace.remove();
});

const processEnv = () => ({ DATABASE_URL: database.url, TURNLOG_TOKEN: 'test-token-of-this-suite' });
const fork = (id: string, body: object) => api.post<ConversationView>(`/conversations/${id}/fork`, body);
const verify = (id: string, at?: number) => api.post<VerifyReport>(`/conversations/${id}/replay`, { mode: 'verify', at });
const rows = async () => Number((await direct.query('SELECT count(*) AS n FROM events')).rows[0].n);

const decide = async (id: string, callId: string, decision: 'approve' | 'reject') => {
  const view = await api.until(id, ({ waitingFor = [] }) => waitingFor.some((one) => one.callId === callId));
  const digest = view.waitingFor?.find((one) => one.callId === callId)?.digest;
  await api.post(`/conversations/${id}/tool-calls/${callId}/decision`, { decision, digest });
};

/** A failed attempt and its retry, parallel tools, an approval, a rejection, and a cancel. */
const recordEverything = async (): Promise<string> => {
  const { id } = await api.create({ input: 'do everything', approval: { slow: 'ask' }, systemPrompt: 'Be brief.' });
  await decide(id, 'call_1_3', 'approve');
  await decide(id, 'call_1_4', 'reject');
  await api.until(id, isIdle);
  await api.post(`/conversations/${id}/turns`, { input: 'wait for long' });
  const waiting = await api.until(id, ({ phase }) => phase === 'waiting');
  await decide(id, waiting.waitingFor?.[0]?.callId ?? '', 'approve');
  await api.until(id, ({ openSteps }) => openSteps.some(({ phase }) => phase === 'started'));
  await api.post(`/conversations/${id}/cancel`, {});
  await checkConversation(api, id);
  return id;
};

describe('a recorded conversation', () => {
  it('is verified and forked at every version, and 500 forks copy nothing of it', async () => {
    const id = await recordEverything();
    const events = await api.events(id);
    const seen = new Set(events.map(({ type }) => type));
    for (const type of ['AttemptFailed', 'ToolCallApproved', 'ToolCallRejected', 'TurnCancelled'] as const)
      expect(seen).toContain(type);

    for (const { version: at } of events) {
      expect(await verify(id, at)).toMatchObject({ verdict: 'verified', at });
      const child = await fork(id, { at });
      expect(child).toMatchObject({ phase: 'idle', version: at + 1, forkedFrom: { conversationId: id, version: at } });
      await checkConversation(api, child.id);
      expect((await verify(child.id)).verdict).toBe('verified');
    }
    expect((await verify(id)).requests).toBe(events.filter(({ data }) => 'request' in data).length);

    const before = await rows();
    const at = events.length;
    for (let done = 0; done < 500; done += 25) await Promise.all(Array.from({ length: 25 }, () => fork(id, { at })));
    expect(await rows()).toBe(before + 500);
    const tree = await api.get<{ members: unknown[] }>(`/conversations/${id}/tree`);
    expect(tree.members).toHaveLength(1 + events.length + 500);
    expect((await api.events(id)).length).toBe(at);
  });

  it('goes another way from the middle of its tool calls, and the parent is not asked', async () => {
    const id = await recordEverything();
    const events = await api.events(id);
    const at = events.find(({ type }) => type === 'ToolReturned')?.version ?? 0;
    const child = await fork(id, { at, input: 'carry on' });
    const view = await api.until(child.id, isIdle);
    const contents = view.messages.map(({ content }) => content);
    expect(contents.at(-1)).toBe('Carried on.');
    expect(contents.filter((content) => /not executed in this branch|may have happened/.test(content))).toHaveLength(3);
    expect(await verify(child.id)).toMatchObject({ verdict: 'verified' });

    const edited = await fork(id, { at, edit: { content: 'say it better' } });
    expect((await api.until(edited.id, isIdle)).messages.map(({ content }) => content)).toEqual([
      'Be brief.',
      'say it better',
      'Better.',
    ]);
    expect(await verify(edited.id)).toMatchObject({ verdict: 'verified' });
    const diff = await api.get<{ divergesAt: number }>(`/conversations/${id}/diff?with=${edited.id}`);
    expect(diff.divergesAt).toBe(at + 1);
    expect((await api.events(id)).length).toBe(events.length);

    const { code, output } = await runTurnlog({
      args: ['replay', child.id, '--mode', 'verify', '--json'],
      cwd: workspace.folder,
      env: processEnv(),
    });
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ id: child.id, verdict: 'verified', executed: 'nothing' });
    const missing = await runTurnlog({ args: ['replay', id, '--at', '9999'], cwd: workspace.folder, env: processEnv() });
    expect(missing).toMatchObject({ code: 1, output: expect.stringContaining('There is no version 9999') });
  });

  it('is named where it was changed behind the back of the engine', async () => {
    const id = await recordEverything();
    await direct.query("BEGIN; SET LOCAL turnlog.rewriting = 'on'");
    await direct.query("UPDATE events SET data = replace(data::text, 'Be brief.', 'Be rude.')::json WHERE conversation_id = $1", [
      id,
    ]);
    await direct.query('COMMIT');
    const [first] = (await api.events(id)).filter(({ type }) => type === 'AttemptStarted');
    expect(await verify(id)).toMatchObject({ verdict: 'differs', difference: { version: first?.version, kind: 'request' } });
    const { code, output } = await runTurnlog({
      args: ['replay', id, '--mode', 'verify'],
      cwd: workspace.folder,
      env: processEnv(),
    });
    expect([code, output]).toEqual([1, expect.stringContaining(`differs at version ${first?.version}`)]);
  });

  it('is erased while a fork of it lives on', async () => {
    const id = await recordEverything();
    const child = await fork(id, { at: (await api.view(id)).version });
    const erase = (forks: string) => api.raw(`/conversations/${id}?forks=${forks}`, { method: 'DELETE' });
    expect((await erase('refuse')).status).toBe(409);
    expect((await erase('detach')).status).toBe(200);
    expect((await api.view(id)).phase).toBe('closed');
    expect((await verify(id)).verdict).toBe('erased');
    for (const [table, key] of [
      ['events', 'conversation_id'],
      ['open_work', 'conversation_id'],
      ['conversations', 'id'],
    ]) {
      // The system prompt, and the first message, which is the title of its head row.
      const told = `SELECT count(*)::int AS n FROM ${table} t WHERE ${key} = $1 AND t::text ~ 'brief|do everything'`;
      expect([table, (await direct.query(told, [id])).rows]).toEqual([table, [{ n: 0 }]]);
    }
    expect((await api.view(child.id)).messages).toEqual(child.messages);
    expect((await verify(child.id)).verdict).toBe('verified');
  });
});
