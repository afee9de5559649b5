// A conversation of 100,000 events, two calls a round, in real Postgres: whatever reads it reads what it holds, and no more than
// once. What the answers must be is folded here from the generated events, not from what the log gave back.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ChatMessage,
  type ConversationState,
  type ConversationView,
  currentSchemaVersion,
  evolve,
  initialState,
  type Recorded,
  renderHistory,
  type VerifyReport,
} from '@turnlog/core';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateConversation } from '../bench/src/generate/generate-conversation.ts';
import { loadConversations } from '../bench/src/generate/load-conversations.ts';
import { type ApiClient, createApiClient } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { runTurnlog } from './support/turnlog-process.ts';

const id = '00000000-0000-4000-8000-000000100000';
const [turns, rounds, calls] = [25, 444, 2];
const modelSteps = turns * (rounds + 1);
/** The system prompt; in each turn what was said, the answers, and what the calls returned. */
const messages = 1 + turns * (1 + rounds * (1 + calls) + 1);

let engine: EngineUnderTest;
let api: ApiClient;
let direct: Pool;
/** The states at some versions: they share what they have in common. */
const states = new Map<number, ConversationState>();
const prefixes = [1, 12, 4_999, 50_000, 99_990];
let version = 0;
let firstResult = 0;

/** Hands the appends on, and folds them. */
function* folded(): ReturnType<typeof generateConversation> {
  let state = initialState;
  const appends = generateConversation({ id, begins: '2026-01-01T00:00:00.000Z', turns, rounds, calls, resultLength: 60 });
  for (let next = appends.next(); ; next = appends.next()) {
    if (next.done) return next.value;
    const { events, recordedAt } = next.value;
    for (const event of events) {
      version += 1;
      if (event.type === 'ToolReturned') firstResult ||= version;
      state = evolve(state, { ...event, version, recordedAt, schemaVersion: currentSchemaVersion } as Recorded);
      if (prefixes.includes(version)) states.set(version, state);
    }
    yield next.value;
  }
}

beforeAll(async () => {
  engine = await createEngineUnderTest({ scripts: {} });
  direct = new Pool({ connectionString: engine.databaseUrl });
  await loadConversations(direct, [folded()]);
  api = createApiClient(await engine.startApi());
}, 300_000);
afterAll(async () => {
  await direct.end();
  await engine.end();
});

const ownRows = async (table: 'events' | 'segments', of: string): Promise<number> => {
  const { rows } = await direct.query(`SELECT count(*)::int AS n FROM ${table} WHERE conversation_id = $1`, [of]);
  return rows[0].n;
};

const historyAt = (at: number): readonly ChatMessage[] => {
  const state = states.get(at);
  if (state === undefined) throw new Error(`The state at ${at} was not kept.`);
  return renderHistory(state).messages;
};

describe('a conversation of 100,000 events', { timeout: 300_000 }, () => {
  it('is opened at any prefix, and forked there by one append', async () => {
    expect(version).toBeGreaterThanOrEqual(100_000);
    for (const at of prefixes) {
      const state = await api.get<{ version: number; messages: readonly ChatMessage[] }>(`/conversations/${id}/state?at=${at}`);
      expect(state.version).toBe(at);
      // As texts: comparing 50,000 objects takes the longer.
      expect(JSON.stringify(state.messages) === JSON.stringify(historyAt(at))).toBe(true);
      const fork = await api.post<ConversationView>(`/conversations/${id}/fork`, { at });
      expect([await ownRows('events', fork.id), await ownRows('segments', fork.id)]).toEqual([1, 1]);
      expect([fork.version, fork.phase]).toEqual([at + 1, 'idle']);
    }
    expect(await ownRows('events', id)).toBe(version);
  });

  it('is verified whole: every one of its requests is hashed again', async () => {
    const report = await api.post<VerifyReport>(`/conversations/${id}/replay`, { mode: 'verify' });
    expect(report).toMatchObject({ verdict: 'verified', at: version, requests: modelSteps });
  });

  it('is found out where one character of an early result is another', async () => {
    const change = (from: string, to: string) =>
      direct.query(`BEGIN; SET LOCAL session_replication_role = replica;
        UPDATE events SET data = replace(data::text, '${from}', '${to}')::json WHERE conversation_id = '${id}' AND version = ${firstResult};
        COMMIT`);
    await change('"text":"', '"text":"x');
    const report = await api.post<VerifyReport>(`/conversations/${id}/replay`, { mode: 'verify' });
    await change('"text":"x', '"text":"');
    expect(report).toMatchObject({ verdict: 'differs', requests: 1, difference: { kind: 'request' } });
    expect(report.difference?.version).toBeLessThan(firstResult + 10);
  });

  it('is exported as a trace and as a row', async () => {
    expect((await api.trace(id)).messages).toHaveLength(messages);
    const out = await mkdtemp(join(tmpdir(), 'turnlog-export-'));
    const env = { DATABASE_URL: engine.databaseUrl };
    const { code, output } = await runTurnlog({
      args: ['export-traces', '--format', 'hf', '--id', id, '--out', out],
      cwd: engine.workspace.folder,
      env,
    });
    expect([code, output]).toEqual([0, expect.stringContaining('1 hf row')]);
    const [file = ''] = await readdir(join(out, 'hf', 'data'));
    const row = JSON.parse(await readFile(join(out, 'hf', 'data', file), 'utf8')) as { messages: unknown[] };
    expect(row.messages).toHaveLength(messages);
    await rm(out, { recursive: true });
  });
});
