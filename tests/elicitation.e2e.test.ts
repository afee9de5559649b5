// Servers that ask the user in the middle of a call, of both eras: answered by API and in the chat, and asked when the worker dies.

import type { WaitingFor } from '@turnlog/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApiClient, checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { type AskingServer, requestState, startAskingServer } from './support/asking-server.ts';
import { startChat } from './support/chat-under-test.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { referenceServer } from './support/workspace.ts';

let engine: EngineUnderTest;
let asking: AskingServer;
let api: ApiClient;

beforeEach(async () => {
  engine = await createEngineUnderTest({
    scripts: {
      'ask me': [{ calls: [{ name: 'trigger-elicitation-request' }] }, { content: 'Thank you.' }],
      'ask again': [{}, {}, { calls: [{ name: 'trigger-elicitation-request' }] }, { content: 'Thank you.' }],
      'book it': [{ calls: [{ name: 'book', arguments: { nights: 3 } }] }, { content: 'It is booked.' }],
    },
  });
  asking = await startAskingServer();
  await engine.workspace.writeConfig({
    mcpServers: {
      everything: { ...referenceServer('everything'), timeoutMs: 1_000, scope: 'conversation' },
      hotel: { type: 'http', url: asking.url },
    },
    models: { scripted: { baseUrl: engine.model.baseUrl, model: 'qwen3' } },
  });
});
afterEach(async () => {
  await engine.end();
  await asking.stop();
});

const asked = async (id: string): Promise<WaitingFor> => {
  const { waitingFor: [waiting] = [] } = await api.until(id, ({ phase }) => phase === 'waiting');
  if (waiting === undefined) throw new Error('Nobody asks.');
  return waiting;
};
const decide = async (id: string, body: Record<string, unknown>) => {
  const { callId, digest } = await asked(id);
  const path = `/conversations/${id}/tool-calls/${callId}/decision`;
  return api.raw(path, {
    method: 'POST',
    body: JSON.stringify({ digest, ...body }),
    headers: { 'content-type': 'application/json' },
  });
};
const create = async (input: string) => (await api.create({ input })).id;
const toolText = async (id: string) => (await api.until(id, isIdle)).messages.findLast(({ role }) => role === 'tool')?.content;
const types = async (id: string) => (await api.events(id)).map(({ type }) => type);

it('answers by API, whatever the era of the server, and whether or not the worker lives that had the call', async () => {
  api = createApiClient(await engine.startApi());
  const doomed = await engine.startWorker();
  const [answered, open, booking] = await Promise.all([create('ask me'), create('ask me'), create('book it')]);

  expect(await asked(answered)).toMatchObject({
    kind: 'elicitation',
    server: 'everything',
    tool: 'trigger-elicitation-request',
    message: 'Please provide inputs for the following fields:',
    requestedSchema: { required: ['name'] },
  });
  const refused = await decide(answered, { decision: 'accept', content: { name: 'Ada', integer: 1000 } });
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ type: 'urn:turnlog:problem:bad-content', detail: /integer must be at most 100/ });
  // Far longer than its server's timeout: the clock of a call stands still while somebody is asked.
  const [since] = (await api.events(answered)).filter(({ type }) => type === 'ElicitationRequested');
  await api.until(answered, () => Date.now() - Date.parse(since?.recordedAt ?? '') > 1_500);
  expect((await decide(answered, { decision: 'accept', content: { name: 'Ada' } })).status).toBe(202);
  expect(await toolText(answered)).toMatch(/- Name: Ada\n.*- Favorite Integer: 42/s);

  await Promise.all([asked(open), asked(booking)]);
  await doomed.end('SIGKILL');
  await engine.startWorker();

  expect((await decide(booking, { decision: 'accept', content: { city: 'Rome' } })).status).toBe(202);
  expect(await toolText(booking)).toBe('Booked: {"where":{"action":"accept","content":{"city":"Rome","nights":2}}}');
  expect(asking.calls.map(({ arguments: args, requestState: state }) => [args, state])).toEqual([
    [{ nights: 3 }, undefined],
    [{ nights: 3 }, requestState],
  ]);
  expect((await types(booking)).filter((type) => type === 'AttemptStarted')).toHaveLength(4);

  await api.until(open, ({ waitingFor: [waiting] = [] }) => waiting?.kind === 'unknown');
  expect((await api.events(open)).find(({ type }) => type === 'ElicitationVoided')?.data).toMatchObject({ cause: 'worker_lost' });
  expect((await decide(open, { decision: 'retry' })).status).toBe(202);
  expect((await decide(open, { decision: 'decline' })).status).toBe(202);
  expect(await toolText(open)).toContain('User declined to provide the requested information.');

  for (const id of [answered, open, booking]) await checkConversation(api, id);
});

it('asks in the chat, field by field', async () => {
  const talk = startChat({
    args: ['--approval', 'auto'],
    cwd: engine.workspace.folder,
    env: { DATABASE_URL: engine.databaseUrl },
  });

  talk.type('book it\n');
  await talk.sees(/\? hotel asks: Where shall it be\?/);
  await talk.sees(/\[a\]nswer {2}\[d\]ecline {2}e\[x\]it the question ›/);
  talk.type('a\n');
  await talk.sees(/city \(string\) ›/);
  talk.type('\n');
  await talk.sees(/This must be answered\./);
  talk.type('X\n\n');
  await talk.sees(/city must have at least 2 characters/);
  talk.type('a\nRome\n5\n');
  await talk.sees(/✎ book: answered \{"city":"Rome","nights":5\}/);
  await talk.sees(/model {2}It is booked\./);

  talk.type('ask again\n');
  await talk.sees(/\? everything asks: Please provide inputs/);
  talk.type('x\n');
  await talk.sees(/✎ trigger-elicitation-request: dismissed/);
  await talk.sees(/model {2}Thank you\./);
  talk.endInput();
  expect(await talk.ended).toBe(0);
});
