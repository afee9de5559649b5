// Cancel, with API and worker in processes of their own and on both backends: within 2 s of the request the model's connection is
// broken or the tool's server has been told; what was said is kept, the history is valid and says what is known.

import { readFile } from 'node:fs/promises';
import type { VerifyReport } from '@turnlog/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, checkConversation, createApiClient, isIdle, poll } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { openWatchedDoor, type WatchedDoor } from './support/watched-door.ts';
import { counterServer } from './support/workspace.ts';

const barMs = 2_000;
const words = Array.from({ length: 1_200 }, (_, word) => `word${word} `).join('');

describe.concurrent.each(backends())('on $name', ({ env }) => {
  let engine: EngineUnderTest;
  let door: WatchedDoor;
  let api: ApiClient;
  beforeAll(async () => {
    engine = await createEngineUnderTest({
      env: env(),
      scripts: {
        'speak for a minute': [{ content: words, latency: 50 }],
        'work for a minute': [{ calls: [{ name: 'slow', arguments: { ms: 60_000 } }] }],
        'and then': [{ content: 'Then this.' }, { content: 'Then this.' }],
      },
    });
    door = await openWatchedDoor(engine.model.baseUrl);
    await engine.workspace.writeConfig({
      mcpServers: { counter: counterServer(engine.workspace.path('counted')) },
      models: { scripted: { baseUrl: door.url, model: 'qwen3' } },
    });
    const [server] = await Promise.all([engine.startApi(), engine.startWorker()]);
    api = createApiClient(server);
  });
  afterAll(async () => {
    await engine.end();
    await door.close();
  });

  it('a model that speaks is hung up on, and what it has said is an event', async () => {
    const { id } = await api.create({ input: 'speak for a minute', servers: [] });
    await api.untilDelta(id);
    const left = door.untilLeft();
    const asked = performance.now();
    await api.post(`/conversations/${id}/cancel`, { reason: 'Enough.' });
    expect((await left) - asked).toBeLessThan(barMs);

    const late = await api.untilEvent(id, ({ type }) => type === 'OutcomeSuperseded');
    const { outcome } = late.data as { outcome: { type: string; partial?: { content: string } } };
    expect(outcome.type).toBe('failed');
    expect(outcome.partial?.content).toMatch(/^w/);
    expect(words.startsWith(outcome.partial?.content ?? 'nothing')).toBe(true);
    expect(await cancelledIn(api, id)).toEqual({ turn: 1, cause: 'requested', reason: 'Enough.' });
    await goesOn(api, id, ['user', 'user', 'assistant']);
  });

  it('a tool that works is told, and the model reads that the call may have happened', async () => {
    const counted = () => readFile(engine.workspace.path('counted'), 'utf8').catch(() => '');
    const { id } = await api.create({ input: 'work for a minute' });
    await poll(counted, (text) => text.includes(`slow ${id}/`), 30_000, 'the call');
    const asked = performance.now();
    await api.post(`/conversations/${id}/cancel`, {});
    await poll(counted, (text) => text.includes('cancelled'), 30_000, 'the notification');
    expect(performance.now() - asked).toBeLessThan(barMs);

    const { messages } = await api.until(id, isIdle);
    expect(messages.at(-1)).toMatchObject({
      role: 'tool',
      content: 'The user cancelled the turn while this call was under way: it may have happened or not.',
    });
    expect(await cancelledIn(api, id)).toEqual({ turn: 1, cause: 'requested' });
    await goesOn(api, id, ['user', 'assistant', 'tool', 'user', 'assistant']);
  });
});

const cancelledIn = async (api: ApiClient, id: string) =>
  (await api.events(id)).find(({ type }) => type === 'TurnCancelled')?.data;

/** A provider takes the history with the next turn, every prefix is valid, and nothing differs from what was recorded. */
const goesOn = async (api: ApiClient, id: string, roles: readonly string[]): Promise<void> => {
  await api.post(`/conversations/${id}/turns`, { input: 'and then' });
  const view = await api.until(id, isIdle);
  expect(view.messages.map(({ role }) => role)).toEqual(roles);
  expect(view.messages.at(-1)?.content).toBe('Then this.');
  await checkConversation(api, id);
  const report = await api.post<VerifyReport>(`/conversations/${id}/replay`, { mode: 'verify' });
  expect(report.verdict).toBe('verified');
};
