// A batch and what comes of it, whole: workers are killed on the way, nothing is lost and nothing held twice; its conversations
// are groups and pairs of an export that is downloaded again.

import type { BatchView, ExportView, ListedConversation } from '@turnlog/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type ApiClient, createApiClient, poll } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';

let engine: EngineUnderTest;
afterEach(() => engine.end());

const batch = (api: ApiClient, id: string, is: (view: BatchView) => boolean) =>
  poll(() => api.get<BatchView>(`/batches/${id}`), is, 60_000, `batch ${id}`);
const exported = async (api: ApiClient, body: object) => {
  const { id } = await api.post<{ id: string }>('/exports', body);
  return poll(
    () => api.get<ExportView>(`/exports/${id}`),
    ({ phase }) => phase === 'completed' || phase === 'failed',
    60_000,
    'the export',
  );
};
const rowsOf = async (api: ApiClient, { id, files = [] }: ExportView) => {
  const texts = await Promise.all(
    files
      .filter(({ path }) => path.startsWith('data/'))
      .map(async ({ path, bytes }) => {
        const text = await (await api.raw(`/exports/${id}/file?path=${encodeURIComponent(path)}`)).text();
        expect(Buffer.byteLength(text)).toBe(bytes);
        return text;
      }),
  );
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line));
};

describe.each(backends())('batches on $name', ({ env }) => {
  it('survive their workers: every sample once, graded once, in groups and pairs of an export', async () => {
    engine = await createEngineUnderTest({
      scripts: {
        'Count to one.': [
          { calls: [{ name: 'count' }], latency: 20 },
          { content: 'One.', latency: 20 },
        ],
        'Say hi.': [{ content: 'Hi there.', latency: 30 }],
      },
      env: env(),
    });
    const api = createApiClient(await engine.startApi());
    const first = await engine.startWorker();
    const { id } = await api.post<{ id: string }>('/batches', {
      prompts: [{ input: 'Count to one.', graders: [{ type: 'called', tool: 'count' }] }, 'Say hi.'],
      samples: 4,
      concurrency: 2,
      graders: [{ type: 'regex', pattern: '^One' }],
      tags: ['mine'],
    });
    await batch(api, id, ({ ended }) => ended >= 1);
    await first.end('SIGKILL');
    await engine.startWorker();
    const done = await batch(api, id, ({ phase }) => phase === 'completed');

    expect(done).toMatchObject({ size: 8, begun: 8, ended: 8, outcomes: { completed: 8 }, open: 0, waiting: 0 });
    expect(done.rewards).toEqual([
      { grader: 'regex', graded: 8, mean: 0.5 },
      { grader: 'called count', graded: 4, mean: 1 },
    ]);
    const { items } = await api.get<{ items: readonly ListedConversation[] }>(`/conversations?tag=batch:${id}&limit=200`);
    expect(items).toHaveLength(8);
    expect(items.filter(({ rating }) => rating === 1)).toHaveLength(4);
    for (const { id: conversation } of items) {
      const events = await api.events(conversation);
      expect(events.filter(({ type }) => type === 'TurnStarted')).toHaveLength(1);
      const graders = events.flatMap(({ type, data }) => (type === 'FeedbackGiven' ? [data.grader] : []));
      expect(new Set(graders).size).toBe(graders.length);
    }

    const rl = await exported(api, { format: 'rl', filters: { tags: [`batch:${id}`] } });
    expect(rl).toMatchObject({ phase: 'completed', rows: 8, conversations: 8, as: 'jsonl' });
    const rows = await rowsOf(api, rl);
    expect((await api.raw(`/exports/${rl.id}/file?path=${encodeURIComponent('../../../config.json')}`)).status).toBe(404);
    const rewards = rows.map(({ group, reward }) => `${group} ${reward}`);
    expect([new Set(rewards).size, new Set(rows.map(({ group }) => group)).size]).toEqual([2, 2]);
    expect(rows.filter(({ reward }) => reward === 1)).toHaveLength(4);
    const one = await api.get<{ rows: readonly object[] }>(`/conversations/${rows[0].conversation}/trace?format=rl`);
    expect(one.rows).toEqual([rows[0]]);

    const good = { tags: [`batch:${id}`], rating: 1 };
    const sft = await exported(api, { format: 'sft', filters: good, options: { keepDuplicates: true } });
    expect(sft).toMatchObject({ phase: 'completed', rows: 8, conversations: 4 });
  });
});
