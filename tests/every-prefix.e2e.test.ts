// A conversation of more than 500 events, with parallel tools, a retry, an approval, a rejection and a cancel, on real Postgres:
// every prefix of it is a state, is verified, and can be forked, and no fork copies a row of it.

import type { ConversationView, VerifyReport } from '@turnlog/core';
import { historyFault } from '@turnlog/core';
import { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import type { ScriptedAnswer } from './support/scripted-model.ts';

const rounds = 19;
const wishOf = (round: number): string => `round ${String(round).padStart(2, '0')}`;
/** Answers are found by how many were given before: two in every turn. */
const after = (turns: number, ...answers: readonly ScriptedAnswer[]): readonly ScriptedAnswer[] => [
  ...Array.from({ length: 2 * turns }, () => ({ content: '' })),
  ...answers,
];
const count = { name: 'count' };
const scripts = {
  'do everything': [
    {
      failsFirst: true as const,
      calls: [count, count, { name: 'slow', arguments: { ms: 1 } }, { name: 'slow', arguments: { ms: 2 } }],
    },
    { content: 'Done.' },
  ],
  ...Object.fromEntries(
    Array.from({ length: rounds }, (_, index) => [
      wishOf(index + 1),
      after(index + 1, { reasoning: 'All at once.', calls: Array(6).fill(count) }, { content: `Round ${index + 1} is over.` }),
    ]),
  ),
  'wait for long': after(rounds + 1, { calls: [{ name: 'slow', arguments: { ms: 60_000 } }] }),
};

let engine: EngineUnderTest;
let api: ApiClient;
let direct: Pool;
beforeEach(async () => {
  engine = await createEngineUnderTest({ scripts });
  direct = new Pool({ connectionString: engine.databaseUrl });
  api = createApiClient(await engine.start('--port', '0'));
});
afterEach(async () => {
  await direct.end();
  await engine.end();
});

const decide = async (id: string, callId: string, decision: 'approve' | 'reject') => {
  const view = await api.until(id, ({ waitingFor = [] }) => waitingFor.some((one) => one.callId === callId));
  const digest = view.waitingFor?.find((one) => one.callId === callId)?.digest;
  await api.post(`/conversations/${id}/tool-calls/${callId}/decision`, { decision, digest, reason: 'because' });
};

const holdConversation = async (): Promise<string> => {
  const { id } = await api.create({ input: 'do everything', approval: { slow: 'ask' }, systemPrompt: 'Be brief.' });
  await decide(id, 'call_1_3', 'approve');
  await decide(id, 'call_1_4', 'reject');
  await api.until(id, isIdle);
  for (let round = 1; round <= rounds; round++) {
    await api.post(`/conversations/${id}/turns`, { input: wishOf(round) });
    await api.until(id, isIdle);
  }
  await api.post(`/conversations/${id}/turns`, { input: 'wait for long' });
  const waiting = await api.until(id, ({ phase }) => phase === 'waiting');
  await decide(id, waiting.waitingFor?.[0]?.callId ?? '', 'approve');
  await api.until(id, ({ openSteps }) => openSteps.some(({ phase }) => phase === 'started'));
  await api.post(`/conversations/${id}/cancel`, {});
  return id;
};

const rowsOf = async (table: 'events' | 'segments', id?: string): Promise<number> => {
  const { rows } = await direct.query(
    `SELECT count(*)::int AS n FROM ${table} WHERE $1::uuid IS NULL OR conversation_id = $1::uuid`,
    [id ?? null],
  );
  return rows[0].n;
};

const checkPrefix = async (id: string, at: number): Promise<void> => {
  const state = await api.get<{ version: number; messages: Parameters<typeof historyFault>[0] }>(
    `/conversations/${id}/state?at=${at}`,
  );
  expect([at, state.version, historyFault(state.messages)]).toEqual([at, at, undefined]);
  expect(await api.post<VerifyReport>(`/conversations/${id}/replay`, { mode: 'verify', at })).toMatchObject({
    verdict: 'verified',
    executed: 'nothing',
    at,
  });
  const fork = await api.post<ConversationView>(`/conversations/${id}/fork`, { at });
  expect(fork).toMatchObject({ phase: 'idle', version: at + 1, forkedFrom: { conversationId: id, version: at } });
  expect(await rowsOf('events', fork.id)).toBe(1);
  if (at % 25 === 0)
    expect(await api.post<VerifyReport>(`/conversations/${fork.id}/replay`, { mode: 'verify' })).toMatchObject({
      verdict: 'verified',
      at: at + 1,
    });
};

describe('a recorded conversation of more than 500 events', () => {
  it('has a state, is verified and forks at every version; its forks copy no row of it', async () => {
    const id = await holdConversation();
    const events = await api.events(id);
    expect(events.length).toBeGreaterThanOrEqual(500);
    const held = new Set(events.map(({ type }) => type));
    for (const type of ['AttemptFailed', 'ToolCallApproved', 'ToolCallRejected', 'TurnCancelled'] as const)
      expect(held).toContain(type);
    const before = { events: await rowsOf('events'), segments: await rowsOf('segments') };

    const versions = events.map(({ version }) => version);
    for (let done = 0; done < versions.length; done += 8)
      await Promise.all(versions.slice(done, done + 8).map((at) => checkPrefix(id, at)));

    const now = { events: await rowsOf('events'), segments: await rowsOf('segments') };
    const forks = versions.length;
    console.log(
      [
        `${forks} forks of a conversation of ${events.length} events, one at every version:`,
        `  rows of events    ${before.events} -> ${now.events} (+${now.events - before.events})`,
        `  rows of segments  ${before.segments} -> ${now.segments} (+${now.segments - before.segments})`,
        `  copying the prefixes would have been +${(forks * (forks + 1)) / 2} rows of events`,
      ].join('\n'),
    );
    expect(now).toEqual({ events: before.events + forks, segments: before.segments + forks });
    expect(await rowsOf('events', id)).toBe(events.length);
    expect(await api.events(id)).toEqual(events);
  });
});
