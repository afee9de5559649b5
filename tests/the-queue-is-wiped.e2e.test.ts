// The queue is disposable: with everything in it gone in the middle of 100 turns, every turn completes.

import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { backends, withOwnRedis } from './support/backends.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';

const turns = 100;

describe.each(backends())('on $name', ({ name, env: common }) => {
  const env = withOwnRedis(common(), 1);
  let engine: EngineUnderTest;
  beforeEach(async () => {
    const calls = [{ name: 'count' }, { name: 'count', arguments: { again: true } }];
    engine = await createEngineUnderTest({
      env,
      scripts: {
        'count twice': [
          { calls, latency: 5 },
          { content: 'Counted twice.', latency: 5 },
        ],
      },
    });
  });
  afterEach(() => engine.end());

  const wipe = async (): Promise<void> => {
    if (name === 'Redis') {
      const redis = new Redis(env.REDIS_URL ?? '');
      await redis.flushdb();
      redis.disconnect();
      return;
    }
    const client = new Client({ connectionString: engine.databaseUrl });
    await client.connect();
    await client.query('delete from bullmq.job');
    await client.end();
  };

  it('every one of 100 running turns completes, and no tool is called twice', async () => {
    const running = await engine.start('--port', '0', '--concurrency', '10');
    const api = createApiClient(running);
    const created = await Promise.all(Array.from({ length: turns }, () => api.create({ input: 'count twice' })));
    const first = created[0]?.id ?? '';
    await api.untilEvent(first, ({ type }) => type === 'ModelResponded');
    await wipe();
    for (const { id } of created) {
      const view = await api.until(id, isIdle, 60_000);
      expect(view.messages.at(-1)?.content).toBe('Counted twice.');
    }
    for (const { id } of created) {
      const events = await api.events(id);
      expect(events.filter(({ type }) => type === 'AttemptStarted')).toHaveLength(4);
    }
    await checkConversation(api, first);
    await running.end();
  });
});
