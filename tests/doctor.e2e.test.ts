// The doctor as a command: exit codes, the answer for machines, endpoints and MCP servers of a configuration, local ports.

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { type ScriptedModel, startScriptedModel } from './support/scripted-model.ts';
import { endAllProcesses, runTurnlog } from './support/turnlog-process.ts';
import { counterServer, createWorkspace, referenceServer, type Workspace } from './support/workspace.ts';

const call = (city: string) => ({ name: 'get_weather', arguments: { city } });
const goodAnswers = {
  'Say hello': [{ reasoning: 'Greet.', content: 'Hello there.' }],
  'both cities': [{ reasoning: 'Two.', calls: [call('Paris'), call('Tokyo')] }, { content: 'Sunny and rainy.' }],
  'Use the tool': [{ calls: [call('Paris')] }],
  'secret word': [{ content: 'It was marmalade-4821.' }],
};

let workspace: Workspace;
let model: ScriptedModel;
beforeEach(async () => {
  workspace = await createWorkspace();
  model = await startScriptedModel(goodAnswers);
});
afterEach(async () => {
  await endAllProcesses();
  await model.stop();
  await workspace.remove();
});

const doctor = (...args: string[]) => runTurnlog({ args: ['doctor', ...args], cwd: workspace.folder });

it('examines an endpoint: what works, in words and as JSON, and a profile that the configuration takes as it is', async () => {
  const { code, output } = await doctor(model.baseUrl, '--model', 'qwen3');
  expect(output).toMatch(/✓ tool calls {7}get_weather \{"city":"Paris"\}\n✓ parallel calls {3}2 calls at once/);
  expect(output).toMatch(/✓ reasoning {8}in the field reasoning_content/);
  expect(code).toBe(0);
  const printed = JSON.parse(output.slice(output.indexOf('\n{') + 1));
  await workspace.writeConfig(printed);

  const again = await doctor('--config', 'config.json', '--json');
  expect([again.code, JSON.parse(again.output)]).toMatchObject([0, { endpoints: [{ model: 'qwen3' }], servers: [] }]);
  await workspace.writeConfig({ ...printed, mcpServers: { everything: referenceServer('everything', 'stdio') } });
  const both = await doctor('--config', 'config.json', '--json');
  expect(both.code).toBe(0);
  const report = JSON.parse(both.output);
  expect(report.endpoints).toMatchObject([{ baseUrl: model.baseUrl, model: 'qwen3', isUsable: true }]);
  expect(report.servers).toMatchObject([{ server: 'everything', check: { verdict: expect.stringMatching(/ok|warning/) } }]);
  expect(report.servers[0].tools.length).toBeGreaterThan(5);
});

it('starts every MCP server of a configuration, warns of what a model trips over, and fails for one that does not start', async () => {
  const counter = counterServer(workspace.path('counted'), { enabledTools: ['count', 'dotted.name', 'broken'] });
  await workspace.writeConfig({ mcpServers: { counter } });
  const good = await doctor('--config', 'config.json');
  expect(good.output).toMatch(/! counter {10}2 tools in \d+ ms/);
  expect(good.output).toMatch(/→ .*"broken" is left out/);
  expect(good.output).toMatch(/→ dotted\.name is called dotted_name\w* for the model/);
  expect(good.output).toMatch(/→ .*no annotations, so a lost call waits for a person/);
  expect(good.code).toBe(0);

  await workspace.writeConfig({ mcpServers: { counter, gone: { command: workspace.path('no-such-program') } } });
  const bad = await doctor('--config', 'config.json');
  expect(bad.output).toMatch(/✗ gone/);
  expect(bad.output).toMatch(/! counter/);
  expect(bad.code).toBe(1);
});

it('calls an endpoint unusable whose server takes no tools, and names the flags to add', async () => {
  const url = await serve((body) =>
    body.includes('"tools"')
      ? [400, { error: { message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set' } }]
      : [200, undefined],
  );
  const { code, output } = await doctor(url, '--model', 'Qwen/Qwen3-8B');
  expect(output).toMatch(/✗ tool calls.*\n.*vLLM: add --enable-auto-tool-choice --tool-call-parser hermes/);
  expect(output).toMatch(/Not usable as it is/);
  expect(code).toBe(1);
});

it('says that nothing listens, and never repeats a key', async () => {
  const { code, output } = await doctor(await freeUrl(), '--api-key', 'sk-this-is-secret');
  expect(output).toMatch(/✗ models.*nothing listens there/);
  expect(output).not.toMatch(/sk-this-is-secret/);
  expect(code).toBe(1);
  expect((await doctor('not-a-url')).code).toBe(2);
  await workspace.writeConfig({});
  expect(await doctor('--config', 'config.json')).toMatchObject({ code: 1, output: expect.stringMatching(/nothing to check/) });
});

it('finds the model servers of this machine by their usual ports', async () => {
  const port = await forwardFromUsualPort(model.baseUrl);
  const { code, output } = await doctor('--all-local');
  if (port === undefined) return;
  expect(output).toMatch(new RegExp(`Found on the port of .*http://127\\.0\\.0\\.1:${port}/v1`));
  expect(output).toMatch(/✓ tool calls/);
  expect(code).toBe(0);
});

/** Where a moment ago a server was. */
const freeUrl = async (): Promise<string> => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
};

type Answer = readonly [status: number, body: object | undefined];

/** A server whose answers to completions are `reply`'s, or a plain greeting. */
const serve = async (reply: (body: string) => Answer): Promise<string> => {
  const server = http.createServer(async (request, response) => {
    if (request.method === 'GET') return void response.end(JSON.stringify({ data: [{ id: 'Qwen/Qwen3-8B' }] }));
    let body = '';
    for await (const piece of request) body += piece;
    const [status, refused] = reply(body);
    const isStream = JSON.parse(body).stream === true;
    response.writeHead(status, { 'content-type': isStream && !refused ? 'text/event-stream' : 'application/json' });
    const choice = { [isStream ? 'delta' : 'message']: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' };
    const answer = JSON.stringify(refused ?? { choices: [choice] });
    response.end(isStream && !refused ? `data: ${answer}\n\ndata: [DONE]\n\n` : answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
};

/** Passes a usual port on to the scripted model; undefined, and said loudly, where none of them is free. */
const forwardFromUsualPort = async (baseUrl: string): Promise<number | undefined> => {
  for (const port of [1234, 30_000, 11_434]) {
    const server = http.createServer((request, response) => {
      if (request.method === 'GET') return void response.end('{"data":[{"id":"qwen3"}]}');
      const { hostname, port: target } = new URL(baseUrl);
      const { method, url, headers } = request;
      const passed = http.request({ hostname, port: target, path: url, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      request.pipe(passed);
    });
    const isListening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isListening) continue;
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return port;
  }
  console.warn('SKIPPED: the doctor on local ports: each of the usual ones is taken.');
  return undefined;
};
