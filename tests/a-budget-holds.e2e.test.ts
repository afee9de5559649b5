// A model that would go on for ever stops at its budget: what is spent beyond it is at most the one model call that was in flight,
// the calls that this one asked for are held back, and a raised limit goes on with exactly these.

import { readFile } from 'node:fs/promises';
import type { ConversationEvent, EventOf, EventType, Limits, Recorded } from '@turnlog/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, checkConversation, createApiClient } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { counterServer } from './support/workspace.ts';

const usage = { promptTokens: 100, completionTokens: 20 };
const callTokens = 120;
/** Money for each token of the prompt, and of the answer. */
const price = { input: 1_000, output: 2_000 };
const callCost = 0.14;
const callsOfRound = 3;

/** Each round asks for three calls that were never made before. */
const forEver = (counted: boolean) =>
  Array.from({ length: 20 }, (_, round) => ({
    calls: Array.from({ length: callsOfRound }, (_, n) => ({ name: 'count', arguments: { n: round * callsOfRound + n } })),
    ...(counted && { usage }),
  }));

let engine: EngineUnderTest;
let api: ApiClient;
beforeAll(async () => {
  engine = await createEngineUnderTest({
    scripts: { 'spend tokens': forEver(true), 'spend money': forEver(true), 'spend unseen': forEver(false) },
  });
  const endpoint = { baseUrl: engine.model.baseUrl, model: 'qwen3', price };
  await engine.workspace.writeConfig({
    mcpServers: { counter: counterServer(engine.workspace.path('counted')) },
    models: { counting: endpoint, silent: { ...endpoint, profile: { streamUsage: false } } },
  });
  api = createApiClient(await engine.start('--port', '0'));
});
afterAll(() => engine.end());

const untilPaused = async (id: string) => {
  await api.until(id, ({ phase, openSteps }) => phase === 'paused' && openSteps.length === 0);
  const events = await api.events(id);
  expect(events.at(-1)?.type).toBe('TurnPaused');
  return { events, paused: dataOf(events, 'TurnPaused').at(-1) };
};

const dataOf = <T extends EventType>(events: readonly Recorded<ConversationEvent>[], type: T): readonly EventOf<T>['data'][] =>
  events.flatMap((event) => (event.type === type ? [event.data as EventOf<T>['data']] : []));

const effectsOf = async (id: string): Promise<readonly string[]> =>
  (await readFile(engine.workspace.path('counted'), 'utf8')).split('\n').filter((line) => line.startsWith(`count ${id}/`));

/** So many model calls were sent; of the last one nothing that it asked for was. */
const holdsAfter = async (id: string, wish: string, modelCalls: number): Promise<void> => {
  expect(engine.model.requests(wish)).toBe(modelCalls);
  const effects = await effectsOf(id);
  expect(effects).toHaveLength((modelCalls - 1) * callsOfRound);
  expect(new Set(effects).size).toBe(effects.length);
};

const resume = async (id: string, limits: Limits, heldRound: number): Promise<void> => {
  const { version } = await api.view(id);
  await api.post(`/conversations/${id}/resume`, { limits });
  const next = (await api.events(id)).slice(version, version + 1 + callsOfRound);
  expect(next.map(({ type }) => type)).toEqual(['TurnResumed', ...Array(callsOfRound).fill('StepScheduled')]);
  const held = next.slice(1).map(({ data }) => (data as { call: { arguments: string } }).call.arguments);
  expect(held.map((text) => JSON.parse(text).n)).toEqual([0, 1, 2].map((n) => heldRound * callsOfRound + n));
};

describe('a model that never ends', () => {
  it('stops at its tokens, and goes on when they are raised', async () => {
    const { id } = await api.create({ input: 'spend tokens', limits: { maxTokens: 4 * callTokens + 1 } });
    const { paused } = await untilPaused(id);
    expect(paused).toMatchObject({ reason: 'maxTokens', limit: 481, reached: 5 * callTokens });
    await holdsAfter(id, 'spend tokens', 5);

    await resume(id, { maxTokens: 6 * callTokens }, 4);
    expect((await untilPaused(id)).paused).toMatchObject({ reason: 'maxTokens', limit: 720, reached: 6 * callTokens });
    await holdsAfter(id, 'spend tokens', 6);
    await checkConversation(api, id);
  });

  it('stops at its money, and goes on when it is raised', async () => {
    const { id } = await api.create({ input: 'spend money', limits: { maxCost: 3 * callCost + 0.01 } });
    const { paused } = await untilPaused(id);
    expect(paused?.reason).toBe('maxCost');
    expect(paused?.reached).toBeCloseTo(4 * callCost);
    await holdsAfter(id, 'spend money', 4);

    await resume(id, { maxCost: 1 }, 3);
    expect((await untilPaused(id)).paused?.reached).toBeCloseTo(8 * callCost);
    await holdsAfter(id, 'spend money', 8);
  });

  it('stops where its server does not count, by what is estimated', async () => {
    const maxTokens = 2_000;
    const { id } = await api.create({ input: 'spend unseen', model: 'silent', limits: { maxTokens } });
    const { events, paused } = await untilPaused(id);
    const answers = dataOf(events, 'ModelResponded');
    expect(answers.every(({ usage, estimatedUsage }) => usage === undefined && estimatedUsage !== undefined)).toBe(true);
    const spent = answers.map(
      ({ estimatedUsage }) => (estimatedUsage?.promptTokens ?? 0) + (estimatedUsage?.completionTokens ?? 0),
    );
    expect(paused).toMatchObject({ reason: 'maxTokens', limit: maxTokens, reached: spent.reduce((a, b) => a + b) });
    expect((paused?.reached ?? 0) - (spent.at(-1) ?? 0)).toBeLessThan(maxTokens);
    await holdsAfter(id, 'spend unseen', answers.length);
  });
});
