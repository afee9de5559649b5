// What a client does while its server is killed again and again: it says everything with a key, begins from the beginning when a
// connection breaks, and so says nothing twice.

import type { ConversationView } from '@turnlog/core';
import { type ApiClient, poll } from './api-client.ts';
import type { ScriptedAnswer } from './scripted-model.ts';

export type Scripts = Record<string, readonly ScriptedAnswer[]>;

export interface Story {
  /** Answers of the model to whoever plays with this key. */
  scriptsOf(key: string): Scripts;
  play(api: ApiClient, key: string): Promise<ConversationView>;
}

/** What the user says at a place of a story: nobody else says it. */
const wordsOf = (key: string, place: string): string => `${place} of ${key}.`;

/** No process of the matrix may need longer than this to come to its next point or its end. */
const patienceMs = 30_000;
/** What the client cannot mend by asking again: the process is gone. */
const isGone = ({ name }: Error): boolean => name === 'TypeError';

const untilView = (api: ApiClient, id: string, is: (view: ConversationView) => boolean): Promise<ConversationView> =>
  poll(() => api.view(id), is, patienceMs, id, isGone);

const sayer =
  (api: ApiClient, key: string) =>
  <T = unknown>(path: string, body: unknown, place: string): Promise<T> =>
    api.post<T>(path, body, { 'Idempotency-Key': `${key}-${place}` });

const has = async (api: ApiClient, id: string, type: string, turn?: number): Promise<boolean> =>
  (await api.events(id)).some(
    ({ type: other, data }) => other === type && (turn === undefined || ('turn' in data && data.turn === turn)),
  );

/** A model attempt that fails, three parallel calls of which one needs approval, and an answer. */
export const oneTurn: Story = {
  scriptsOf: (key) => ({
    [wordsOf(key, 'start')]: [
      {
        failsFirst: true,
        calls: [
          { name: 'count', arguments: { n: 1 } },
          { name: 'count', arguments: { n: 2 } },
          { name: 'pay', arguments: { n: 3 } },
        ],
      },
      { content: 'Done.' },
    ],
  }),
  play: async (api, key) => {
    const say = sayer(api, key);
    const { id } = await say<ConversationView>(
      '/conversations',
      { input: wordsOf(key, 'start'), approval: { pay: 'ask' } },
      'start',
    );
    for (;;) {
      const view = await untilView(api, id, ({ phase }) => phase !== 'running');
      const asked = (view.waitingFor ?? []).filter(({ kind }) => kind === 'approval');
      if (asked.length === 0) return view;
      for (const { callId, digest } of asked)
        await say(`/conversations/${id}/tool-calls/${callId}/decision`, { decision: 'approve', digest }, `approve-${callId}`);
    }
  },
};

/** A call whose connection breaks, one that is rejected, one that is edited, words said meanwhile, and a limit. */
export const secondThoughts: Story = {
  scriptsOf: (key) => ({
    [wordsOf(key, 'start')]: [
      {
        latency: 10,
        calls: [
          { name: 'vanish', arguments: { n: 1 } },
          { name: 'count', arguments: { n: 2 } },
          { name: 'pay', arguments: { n: 3 } },
        ],
      },
    ],
    [wordsOf(key, 'steer')]: [{}, { content: 'Done.' }],
    [wordsOf(key, 'queue')]: [{}, {}, { content: 'Done, too.' }],
  }),
  play: async (api, key) => {
    const say = sayer(api, key);
    const settings = { approval: { count: 'ask', pay: 'ask' }, limits: { maxSteps: 4 } };
    const { id } = await say<ConversationView>('/conversations', { input: wordsOf(key, 'start'), ...settings }, 'start');
    await poll(
      () => has(api, id, 'ToolOutcomeUnknown'),
      (isThere) => isThere,
      patienceMs,
      id,
      isGone,
    );
    for (const whileBusy of ['steer', 'queue'])
      await say(`/conversations/${id}/turns`, { input: wordsOf(key, whileBusy), whileBusy }, whileBusy);
    for (;;) {
      const view = await untilView(api, id, ({ phase }) => phase !== 'running');
      if (view.phase === 'idle') return view;
      if (view.phase === 'paused') await say(`/conversations/${id}/resume`, { limits: { maxSteps: 50 } }, 'resume');
      for (const { callId, kind, tool, digest } of view.waitingFor ?? [])
        await say(`/conversations/${id}/tool-calls/${callId}/decision`, decisionOf(kind, tool, digest), `${kind}-${callId}`);
    }
  },
};

const decisionOf = (kind: string, tool: string, digest: string | undefined) => {
  if (kind === 'unknown') return { decision: 'resolve', result: 'I saw it happen.' };
  if (tool === 'count') return { decision: 'reject', reason: 'Once is enough.' };
  return { decision: 'edit', arguments: { n: 4, after: 300 }, digest };
};

const slowWords = Array.from({ length: 400 }, (_, word) => `word${word}`).join(' ');

/** Turns that are cancelled while the model speaks, one that is rolled back, a fork, and its erasure. */
export const endings: Story = {
  scriptsOf: (key) => ({
    [wordsOf(key, 'start')]: [{ content: slowWords, latency: 50 }],
    [wordsOf(key, 'instead')]: [{ content: 'Done.' }],
  }),
  play: async (api, key) => {
    const say = sayer(api, key);
    const { id } = await say<ConversationView>('/conversations', { input: wordsOf(key, 'start') }, 'start');
    for (const turn of [1, 2, 3]) {
      if (turn > 1) await say(`/conversations/${id}/turns`, { input: wordsOf(key, 'start') }, `turn-${turn}`);
      if (await has(api, id, 'TurnCancelled', turn)) continue;
      await api.untilDelta(id);
      await say(`/conversations/${id}/cancel`, {}, `cancel-${turn}`);
    }
    await say(`/conversations/${id}/turns`, { input: wordsOf(key, 'start') }, 'turn-4');
    await say(`/conversations/${id}/turns`, { input: wordsOf(key, 'instead'), whileBusy: 'rollback' }, 'rollback');
    const view = await untilView(api, id, ({ phase }) => phase === 'idle');
    const fork = await say<ConversationView>(`/conversations/${id}/fork`, { at: 3 }, 'fork');
    const erased = await api.raw(`/conversations/${fork.id}`, { method: 'DELETE' });
    if (!erased.ok) throw new Error(`${erased.status}: ${await erased.text()}`);
    return view;
  },
};
