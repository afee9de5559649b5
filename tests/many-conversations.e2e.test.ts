// 200 conversations at once over two workers.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';

describe.each(backends())('on $name', ({ env }) => {
  let engine: EngineUnderTest;
  beforeEach(async () => {
    const calls = [1, 2, 3].map((n) => ({ name: 'count', arguments: { n } }));
    engine = await createEngineUnderTest({
      env: env(),
      scripts: { 'count three times': [{ calls }, { content: 'Counted three times.' }] },
    });
  });
  afterEach(() => engine.end());

  it('200 conversations complete over 2 workers, with versions 1..n each', async () => {
    const [server] = await Promise.all([engine.startApi(), engine.startWorker(), engine.startWorker()]);
    const api = createApiClient(server);
    const created = await Promise.all(Array.from({ length: 200 }, () => api.create({ input: 'count three times' })));
    const workers = new Set<string>();
    for (const { id } of created) {
      const view = await api.until(id, isIdle, 90_000);
      expect(view.messages.at(-1)?.content).toBe('Counted three times.');
      const events = await api.events(id);
      expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
      for (const event of events) if (event.type === 'AttemptStarted') workers.add(event.data.worker);
    }
    expect(workers.size).toBe(2);
    await checkConversation(api, created[0]?.id ?? '');
    await checkConversation(api, created[199]?.id ?? '');
  });
});
