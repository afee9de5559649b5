// A real server over both ways of HTTP, through the API, the queue and the worker; what it is sent is looked at on the way.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createApiClient, isIdle, poll } from './support/api-client.ts';
import { createEngineUnderTest } from './support/engine-under-test.ts';
import { referenceServer } from './support/workspace.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const listening = async (server: ReturnType<typeof createServer>): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
};

const startEverything = async (mode: 'streamableHttp' | 'sse'): Promise<number> => {
  const reserved = createServer();
  const port = await listening(reserved);
  await new Promise((resolve) => reserved.close(resolve));
  const { command, args } = referenceServer('everything', mode);
  const child = spawn(command, args, { env: { PATH: process.env.PATH, PORT: String(port) }, stdio: 'ignore' });
  cleanups.push(() => child.kill('SIGKILL'));
  const answers = () => fetch(`http://127.0.0.1:${port}/`).then(() => true);
  await poll(answers, Boolean, 60_000, `server-everything as ${mode}`);
  return port;
};

/** Lets everything through to the server, and in only who brings the token. */
const guard = async (port: number) => {
  const turnedAway: string[] = [];
  const server = createServer((incoming, response) => {
    if (incoming.headers.authorization !== 'Bearer remote-token') {
      turnedAway.push(`${incoming.method} ${incoming.url}`);
      return void response.writeHead(401).end();
    }
    const { method, url, headers } = incoming;
    const onward = forward({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${await listening(server)}`, turnedAway };
};

it('is called over streamable HTTP and over HTTP+SSE, always with the header of its configuration', async () => {
  const [modern, legacy] = await Promise.all([startEverything('streamableHttp').then(guard), startEverything('sse').then(guard)]);
  const sum = { a: 14, b: 28 };
  const calls = ['remote__get-sum', 'events__get-sum', 'fallback__get-sum'].map((name) => ({ name, arguments: sum }));
  const engine = await createEngineUnderTest({
    env: { REMOTE_TOKEN: 'remote-token' },
    scripts: { 'add up': [{ calls }, { content: 'Added.' }] },
  });
  cleanups.push(engine.end);
  const headers = { Authorization: 'Bearer ${' + 'REMOTE_TOKEN}' };
  await engine.workspace.writeConfig({
    mcpServers: {
      remote: { type: 'http', url: `${modern.url}/mcp`, headers },
      events: { type: 'sse', url: `${legacy.url}/sse`, headers },
      // Configured as HTTP, it turns out to speak only HTTP+SSE.
      fallback: { type: 'http', url: `${legacy.url}/sse`, headers },
    },
    models: { scripted: { baseUrl: engine.model.baseUrl, model: 'qwen3' } },
  });

  const api = createApiClient(await engine.start('--port', '0'));
  const { id } = await api.create({ input: 'add up' });
  const { messages } = await api.until(id, isIdle, 120_000);

  const results = messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));
  expect(results).toEqual(Array(3).fill(expect.stringContaining('42')));
  expect(messages.at(-1)?.content).toBe('Added.');
  expect([modern.turnedAway, legacy.turnedAway]).toEqual([[], []]);
  expect(JSON.stringify(await api.events(id))).not.toContain('remote-token');
});
