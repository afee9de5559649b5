// A call may wait for days: nothing holds it but the log. And of two people who decide it at once, one has decided it.

import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApiClient, checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';

let engine: EngineUnderTest;
beforeEach(async () => {
  engine = await createEngineUnderTest({
    scripts: { 'Count, please.': [{ calls: [{ name: 'count', arguments: { n: 1 } }] }, { content: 'Counted.' }] },
  });
});
afterEach(() => engine.end());

/** What the database holds for the engine to do, and who would do it. */
const openWork = async (id: string): Promise<number> => {
  const client = new Client({ connectionString: engine.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query('SELECT count(*)::int AS n FROM open_work WHERE conversation_id = $1', [id]);
    return rows[0].n;
  } finally {
    await client.end();
  }
};

const decideAtOnce = (apis: readonly ApiClient[], path: string, body: object): Promise<readonly number[]> =>
  Promise.all(
    apis.map(async (api, index) => {
      const decision = index % 2 === 0 ? 'approve' : 'reject';
      const headers = { 'content-type': 'application/json' };
      return (await api.raw(path, { method: 'POST', headers, body: JSON.stringify({ ...body, decision }) })).status;
    }),
  );

it('an approval outlives every process, holds no worker, and of decisions that arrive together one counts', async () => {
  const first = await engine.start('--port', '0');
  const asked = createApiClient(first);
  const { id } = await asked.create({ input: 'Count, please.', approval: 'ask' });
  await asked.until(id, ({ phase }) => phase === 'waiting');
  expect(await openWork(id)).toBe(0);
  await first.end('SIGKILL');

  const apis = (await Promise.all([engine.startApi(), engine.startApi(), engine.startWorker()])).slice(0, 2).map(createApiClient);
  const [api] = apis as [ApiClient, ApiClient];
  const [waiting] = (await api.view(id)).waitingFor ?? [];
  const path = `/conversations/${id}/tool-calls/${waiting?.callId}/decision`;
  const statuses = await decideAtOnce([...apis, ...apis], path, { digest: waiting?.digest });
  expect([...statuses].sort()).toEqual([202, 409, 409, 409]);

  await api.until(id, isIdle);
  const decided = (await api.events(id)).filter(({ type }) => type === 'ToolCallApproved' || type === 'ToolCallRejected');
  expect(decided).toHaveLength(1);
  const counted = await readFile(engine.workspace.path('counted'), 'utf8').catch(() => '');
  expect(counted.split('\n').filter((line) => line.startsWith('count '))).toHaveLength(
    decided[0]?.type === 'ToolCallApproved' ? 1 : 0,
  );
  await checkConversation(api, id);
});
