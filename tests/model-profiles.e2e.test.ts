// What a profile asks for and what a server refuses, through real processes: the image of a real tool reaches the model, and a
// server that knows no `stream_options` is asked again without them.

import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiClient, checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { referenceServer } from './support/workspace.ts';

let engine: EngineUnderTest;
let gateway: Server;
let api: ApiClient;
const seen: { readonly status: number; readonly body: string }[] = [];

beforeAll(async () => {
  engine = await createEngineUnderTest({
    scripts: {
      'look at it': [{ calls: [{ name: 'get-tiny-image' }] }],
      // The scripted model goes by the last user message, which is the one with the image.
      'From the result of call_1_1': [{ content: 'Too early.' }, { content: 'It is tiny.' }],
    },
  });
  gateway = refusing('stream_options', engine.model.baseUrl);
  await new Promise((resolve) => gateway.once('listening', resolve));
  const baseUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/v1`;
  await engine.workspace.writeConfig({
    mcpServers: { everything: { ...referenceServer('everything', 'stdio'), enabledTools: ['get-tiny-image'] } },
    models: {
      eyes: { baseUrl, model: 'qwen3', profile: { toolMedia: ['image'] }, params: { extra_body: { top_k: 5 } } },
    },
  });
  api = createApiClient(await engine.start('--port', '0'));
});
afterAll(async () => {
  gateway.close();
  await engine.end();
});

/** A gateway that answers 400 to requests with this field, as Azure's older versions do, and passes the others on. */
const refusing = (field: string, baseUrl: string): Server =>
  createServer(async (incoming, response) => {
    const body = await text(incoming);
    const isRefused = body.includes(field);
    seen.push({ status: isRefused ? 400 : 200, body });
    if (isRefused)
      return void response.writeHead(400).end(JSON.stringify({ error: { message: `Unrecognized request argument: ${field}` } }));
    const { method, headers, url = '' } = incoming;
    const { host: _, ...passed } = headers;
    const onward = forward(new URL(url, baseUrl), { method, headers: passed }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.end(body);
  }).listen(0, '127.0.0.1');

it('an image of a tool reaches the model after one refused option, and every recorded request renders again', async () => {
  const { id } = await api.create({ input: 'look at it' });
  const view = await api.until(id, isIdle);
  expect(view).toMatchObject({ lastTurn: { end: 'completed' }, messages: { length: 4 } });
  expect(view.messages.at(-1)?.content).toBe('It is tiny.');

  expect(seen.map(({ status }) => status)).toEqual([400, 200, 200]);
  const { messages, top_k } = JSON.parse(seen[2]?.body ?? '') as {
    messages: { role: string; content: unknown }[];
    top_k: number;
  };
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user']);
  expect(messages[2]?.content).toMatch(/\[image: image\/png, \d+ characters of base64\]/);
  expect(messages[3]?.content).toEqual([
    { type: 'text', text: '[From the result of call_1_1:]' },
    { type: 'image_url', image_url: { url: expect.stringMatching(/^data:image\/png;base64,iVBOR/) } },
  ]);
  expect(top_k).toBe(5);

  const events = await api.events(id);
  expect(events.filter(({ type }) => type === 'AttemptFailed')).toMatchObject([
    { data: { failure: { kind: 'invalid_request', status: 400, cause: 'stream_options_refused' } } },
  ]);
  expect(await api.post(`/conversations/${id}/replay`, { mode: 'verify' })).toMatchObject({ verdict: 'verified', requests: 3 });
  await checkConversation(api, id);
});
