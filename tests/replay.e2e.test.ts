// A conversation is performed again: from its recordings, without a call to any tool, and in earnest, with a person's word.

import { readFile } from 'node:fs/promises';
import type { ConversationView } from '@turnlog/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApiClient, checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { runTurnlog } from './support/turnlog-process.ts';

let engine: EngineUnderTest;
let api: ApiClient;
beforeEach(async () => {
  engine = await createEngineUnderTest({
    scripts: {
      'count twice': [
        {
          calls: [
            { name: 'count', arguments: { by: 'a' } },
            { name: 'count', arguments: { by: 'b' } },
          ],
        },
        { content: 'Counted.' },
      ],
      'count something else': [{ calls: [{ name: 'count', arguments: { by: 'c' } }] }, { content: 'Counted.' }],
    },
  });
  api = createApiClient(await engine.start('--port', '0'));
});
afterEach(() => engine.end());

const counted = async () =>
  (await readFile(engine.workspace.path('counted'), 'utf8').catch(() => ''))
    .split(/\n/)
    .filter((line) => line.startsWith('count ')).length;
const replay = (id: string, body: object) => api.post<ConversationView>(`/conversations/${id}/replay`, body);

it('from a cassette calls no tool, and stops at a call that was never recorded', async () => {
  const { id } = await api.create({ input: 'count twice' });
  const original = await api.until(id, isIdle);
  expect(await counted()).toBe(2);

  const fork = await replay(id, { mode: 'cassette' });
  const again = await api.until(fork.id, isIdle);
  expect(again).toMatchObject({ replayOf: { mode: 'cassette', source: id }, lastTurn: { end: 'completed' } });
  expect(again.messages.map(({ version: _, ...message }) => message)).toEqual(
    original.messages.map(({ version: _, ...message }) => message),
  );
  expect(await counted()).toBe(2);
  await checkConversation(api, fork.id);

  // The recordings hold no such call: the source is told to have said other words.
  const other = await api.post<ConversationView>(`/conversations/${id}/fork`, {
    at: original.version,
    edit: { content: 'count something else' },
  });
  await api.until(other.id, isIdle);
  expect(await counted()).toBe(3);
  const beforeTheCall = (await api.events(other.id)).find(
    ({ type, version }) => type === 'ModelResponded' && version > original.version,
  )?.version;
  const cut = await replay(other.id, { mode: 'cassette', at: beforeTheCall });
  const stopped = await api.until(cut.id, ({ phase }) => phase === 'paused');
  expect(stopped.pausedBy).toBe('notRecorded');
  const events = await api.events(cut.id);
  expect(events.at(-1)).toMatchObject({
    type: 'ReplayStopped',
    data: { call: { server: 'counter', tool: 'count', arguments: '{"by":"c"}' } },
  });
  const refused = await api.raw(`/conversations/${cut.id}/resume`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  const problem = (await refused.json()) as { type: string };
  expect([refused.status, problem.type]).toEqual([409, 'urn:turnlog:problem:replay-stopped']);
  expect(await counted()).toBe(3);
  await checkConversation(api, cut.id);

  const cli = await runTurnlog({
    args: ['replay', other.id, '--mode', 'cassette', '--at', String(beforeTheCall)],
    cwd: engine.workspace.folder,
    env: { DATABASE_URL: engine.databaseUrl },
  });
  expect(cli.output).toMatch(/stopped at a call that was never recorded: count \{"by":"c"\}/);
  expect(cli.output).toMatch(/No tool was called/);
  expect(cli.code).toBe(1);
  expect(await counted()).toBe(3);
});

it('in earnest waits for a person before anything happens a second time', async () => {
  const { id } = await api.create({ input: 'count twice' });
  await api.until(id, isIdle);
  const { version } = await api.view(id);

  const fork = await replay(id, { mode: 'live' });
  const waiting = await api.until(fork.id, ({ phase }) => phase === 'waiting');
  expect(await counted()).toBe(2);
  for (const { callId, digest } of waiting.waitingFor ?? [])
    await api.post(`/conversations/${fork.id}/tool-calls/${callId}/decision`, { decision: 'approve', digest });
  await api.until(fork.id, isIdle);
  expect(await counted()).toBe(4);
  expect((await api.view(id)).version).toBe(version);
  await checkConversation(api, fork.id);
});
