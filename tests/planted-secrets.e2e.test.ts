// Secrets in every place of a configuration, and parts of the outside that repeat them in every way: none is written down.

import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { secretForms } from '@turnlog/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiClient, createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { runTurnlog, type TurnlogProcess } from './support/turnlog-process.ts';

const secrets = {
  environment: 'planted/in env+9f4e',
  argument: 'planted-in-an-argument-7c21',
  header: 'planted-in-a-header-55d0',
  query: 'planted-in-a-query-1b8a',
  model: 'sk-planted-for-the-model-3e6f',
};
const everything = Object.values(secrets).join(' and ');

let engine: EngineUnderTest;
let gate: Server;
let turnlog: TurnlogProcess;
let api: ApiClient;

beforeAll(async () => {
  engine = await createEngineUnderTest({
    env: { PLANTED_ARGUMENT: secrets.argument, PLANTED_KEY: secrets.model, LOG_LEVEL: 'debug' },
    scripts: {
      'tell all': [
        { calls: [{ name: 'tell' }, { name: 'refuse' }] },
        { calls: [{ name: 'die' }] },
        { fails: { message: `no quota for ${everything}`, status: 400 } },
      ],
    },
  });
  // A remote server that refuses everything, quoting what it was sent and what it should not know.
  gate = createServer(async (request, response) => {
    const { headers, url } = request;
    const message = `${headers.authorization} at ${url}: ${everything}`;
    const asked = JSON.parse((await text(request)) || '{}') as { readonly id?: number };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: asked.id ?? 0, error: { code: -32_000, message } }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => gate.once('listening', resolve));
  const { port } = gate.address() as AddressInfo;
  await engine.workspace.writeConfig({
    mcpServers: {
      telltale: {
        command: process.execPath,
        args: [join(import.meta.dirname, 'support/telltale-server.mjs'), '${PLANTED_ARGUMENT}'],
        env: { OF_THE_ENVIRONMENT: secrets.environment, OF_THE_MODEL: '${PLANTED_KEY}' },
        onUnknownOutcome: 'tell',
      },
      gate: {
        url: `http://127.0.0.1:${port}/mcp?key=${secrets.query}`,
        headers: { authorization: `Bearer ${secrets.header}` },
      },
    },
    models: { scripted: { baseUrl: engine.model.baseUrl, model: 'qwen3', apiKeyEnv: 'PLANTED_KEY' } },
  });
  turnlog = await engine.start('--port', '0');
  api = createApiClient(turnlog);
});
afterAll(async () => {
  gate.close();
  await engine.end();
});

/** Every way the secret may be written down, save for the word itself inside this process's own memory. */
const leaksIn = (place: string, said: string): readonly string[] =>
  Object.entries(secrets).flatMap(([name, secret]) =>
    secretForms(secret)
      .filter((form) => said.includes(form))
      .map((form) => `${place} holds the ${name} secret as ${form}`),
  );

const problem = async (path: string, body?: object): Promise<string> => {
  const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await api.raw(path, init);
  expect(response.status).toBeGreaterThanOrEqual(400);
  return response.text();
};

it('none of them is in events, views, traces, problems, the catalogue or what the processes print', async () => {
  const told = await api.create({ input: 'tell all', servers: ['telltale'] });
  const refused = await api.create({ input: 'tell all', servers: ['gate'] });
  const ended = await api.until(told.id, isIdle);
  const failed = await api.until(refused.id, ({ phase, openSteps }) => phase === 'idle' || openSteps[0]?.failure !== undefined);

  const events = await api.events(told.id);
  const texts = {
    events: JSON.stringify(events),
    'the events of an unreachable server': JSON.stringify(await api.events(refused.id)),
    views: JSON.stringify([ended, failed]),
    trace: JSON.stringify(await api.trace(told.id)),
    'the catalogue': JSON.stringify(await api.get('/tools')),
    problems: [
      await problem('/conversations', { input: 'x', servers: ['nowhere'] }),
      await problem('/conversations', { input: 'x', model: 'nothing' }),
      await problem(`/conversations/${told.id}/turns`, { input: '' }),
    ].join(),
    'the output': turnlog.output(),
  };
  const exported = await runTurnlog({
    args: ['export-traces', '--format', 'sft', '--out', engine.workspace.path('out'), '--json'],
    cwd: engine.workspace.folder,
    env: { DATABASE_URL: engine.databaseUrl, PLANTED_ARGUMENT: secrets.argument, PLANTED_KEY: secrets.model },
  });

  const rows = await readdir(engine.workspace.path('out', 'sft', 'data'));
  expect(rows).toHaveLength(1);
  const row = await readFile(engine.workspace.path('out', 'sft', 'data', ...rows), 'utf8');

  expect(
    Object.entries({ ...texts, 'the export': exported.output + row }).flatMap(([place, said]) => leaksIn(place, said)),
  ).toEqual([]);
  // What was to be hidden had come: a result, an error of the protocol, last words, a description, and the model's error.
  const results = events.flatMap(({ type, data }) => (type === 'ToolReturned' ? [JSON.stringify(data)] : []));
  expect(results).toHaveLength(2);
  for (const result of results) expect(result).toContain('[redacted]');
  expect(ended.lastTurn).toMatchObject({
    end: 'failed',
    failure: { message: expect.stringContaining('no quota for [redacted]') },
  });
  for (const place of ['events', 'the events of an unreachable server', 'the catalogue', 'the output'] as const)
    expect([place, texts[place]]).toEqual([place, expect.stringContaining('[redacted]')]);
});
