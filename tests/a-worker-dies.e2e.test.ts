// kill -9 of a worker, while its model speaks and while its tool works, on both backends: the turn completes, or waits
// where a repeat is not allowed; nothing happens twice.

import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';

describe.each(backends())('on $name', ({ env }) => {
  let engine: EngineUnderTest;
  let api: ApiClient;

  const effects = () => {
    const file = engine.workspace.path('counted');
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => /^(count|slow) /.test(line))
      : [];
  };
  const setUp = async (policies: Record<string, unknown>) => {
    await engine.configureCounter(policies);
    api = createApiClient(await engine.startApi());
  };

  beforeEach(async () => {
    engine = await createEngineUnderTest({
      env: env(),
      scripts: {
        'speak slowly': [{ content: 'one two three four five six seven', latency: 150 }],
        'work slowly': [{ calls: [{ name: 'slow', arguments: { ms: 4_000 } }] }, { content: 'Worked.' }],
      },
    });
  });
  afterEach(() => engine.end());

  it('a model call that was under way is made again by another worker', async () => {
    await setUp({});
    const doomed = await engine.startWorker();
    const { id } = await api.create({ input: 'speak slowly' });
    await api.untilEvent(id, ({ type }) => type === 'AttemptStarted');
    await doomed.end('SIGKILL');
    await engine.startWorker();
    // How long a process takes to start is the machine's affair.
    const readyAt = performance.now();
    const again = await api.untilEvent(
      id,
      ({ type, data }) => type === 'AttemptStarted' && (data as { attempt: number }).attempt === 2,
    );
    expect(performance.now() - readyAt).toBeLessThan(10_000);
    expect(again.version).toBeGreaterThan(0);
    const view = await api.until(id, isIdle);
    expect(view.messages.at(-1)?.content).toBe('one two three four five six seven');
    await checkConversation(api, id);
  });

  it('a tool call that was under way waits for a person, who may tell its result', async () => {
    await setUp({});
    const doomed = await engine.startWorker();
    const { id } = await api.create({ input: 'work slowly' });
    await api.untilEvent(id, ({ type, data }) => type === 'AttemptStarted' && (data as { step: number }).step === 2);
    await api.until(id, () => effects().length === 1);
    await doomed.end('SIGKILL');
    await engine.startWorker();
    const waiting = await api.until(id, ({ phase }) => phase === 'waiting');
    expect(waiting.waitingFor).toMatchObject([{ kind: 'unknown', tool: 'slow', actions: ['retry', 'resolve', 'tell'] }]);
    expect(effects()).toHaveLength(1);

    const result = { content: [{ type: 'text', text: 'It had slept.' }], isError: false };
    await api.post(`/conversations/${id}/tool-calls/${waiting.waitingFor?.[0]?.callId}/decision`, {
      decision: 'resolve',
      result,
    });
    const view = await api.until(id, isIdle);
    expect(view.messages.map(({ content }) => content)).toContain('It had slept.');
    expect(effects()).toHaveLength(1);
    await checkConversation(api, id);
  });

  it('a tool call that the operator lets repeat is made again, with the same effect id', async () => {
    await setUp({ onUnknownOutcome: 'retry' });
    const doomed = await engine.startWorker();
    const { id } = await api.create({ input: 'work slowly' });
    await api.until(id, () => effects().length === 1);
    await doomed.end('SIGKILL');
    await engine.startWorker();
    const view = await api.until(id, isIdle);
    expect(view.messages.at(-1)?.content).toBe('Worked.');
    const [first, second, ...more] = effects();
    expect(more).toEqual([]);
    expect(second).toBe(first);
    await checkConversation(api, id);
  });

  it('a worker that is asked to stop lets its call end and leaves the rest to others', async () => {
    await setUp({});
    const polite = await engine.startWorker();
    const { id } = await api.create({ input: 'work slowly' });
    await api.until(id, () => effects().length === 1);
    expect(await polite.end('SIGTERM')).toBe(0);
    await api.untilEvent(id, ({ type }) => type === 'ToolReturned', 5_000);
    await engine.startWorker();
    const view = await api.until(id, isIdle);
    expect(view.messages.at(-1)?.content).toBe('Worked.');
    expect(effects()).toHaveLength(1);
  });
});
