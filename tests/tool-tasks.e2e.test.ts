// kill -9 of a worker whose call is a task of its server: the next worker goes on with the task by its id. It is called once.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { type RemoteEverything, startRemoteEverything } from './support/remote-everything.ts';

let engine: EngineUnderTest;
let remote: RemoteEverything;

beforeEach(async () => {
  remote = await startRemoteEverything();
  engine = await createEngineUnderTest({
    scripts: {
      'look into it': [
        { calls: [{ name: 'simulate-research-query', arguments: { topic: 'event logs' } }] },
        { content: 'It was looked into.' },
      ],
    },
  });
  await engine.workspace.writeConfig({
    mcpServers: { remote: { type: 'http', url: remote.url, scope: 'conversation' } },
    models: { scripted: { baseUrl: engine.model.baseUrl, model: 'qwen3' } },
  });
});
afterEach(async () => {
  await engine.end();
  await remote.stop();
});

it('is gone on with by another worker when the first is killed', async () => {
  const api = createApiClient(await engine.startApi());
  const doomed = await engine.startWorker();
  const { id } = await api.create({ input: 'look into it' });
  const started = await api.untilEvent(id, ({ type }) => type === 'ToolTaskStarted');
  await doomed.end('SIGKILL');
  await engine.startWorker();

  const view = await api.until(id, isIdle);

  expect(view.messages.at(-1)?.content).toBe('It was looked into.');
  expect(view.messages.findLast(({ role }) => role === 'tool')?.content).toContain('# Research Report: event logs');
  expect(remote.asked('tools/call')).toBe(1);
  const events = await api.events(id);
  const { step } = started.data as { step: number };
  const ofCall = events.filter(({ data }) => (data as { step?: number }).step === step).map(({ type }) => type);
  expect(ofCall).toEqual([
    'StepScheduled',
    'AttemptStarted',
    'ToolTaskStarted',
    'AttemptFailed',
    'AttemptStarted',
    'ToolReturned',
  ]);
  await checkConversation(api, id);
});
