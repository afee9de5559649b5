// What servers ask of the user in the middle of a call: a real one of the 2025 era, which waits for the answer, and one of the
// 2026 era, which ends the call.

import type { Elicited, Question } from '@turnlog/core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ToolCallRequest } from '../ports/tool-host.ts';
import { type RpcRequest, type Script, startScripted } from './fixtures/http-server.ts';
import {
  callOf,
  configured,
  everythingPath,
  freePort,
  never,
  nodeServer,
  startEverything,
  until,
} from './fixtures/test-servers.ts';
import { createMcpToolHost } from './mcp-tool-host.ts';

const tool = 'trigger-elicitation-request';
const textOf = (outcome: unknown) => JSON.stringify(outcome);

/** Remembers what was asked, and answers it. */
const person = (answer: Elicited | Promise<Elicited>) => {
  const asked: Question[] = [];
  const elicit = async (question: Question) => {
    asked.push(question);
    return answer;
  };
  return { asked, elicit };
};

describe.each(['stdio', 'http'] as const)('a real server over %s', (type) => {
  let host: ReturnType<typeof createMcpToolHost>;
  const warnings: string[] = [];
  const cleanups: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const log = (message: string) => void warnings.push(message);
    if (type === 'stdio') host = createMcpToolHost({ everything: nodeServer([everythingPath]) }, { log });
    else {
      const port = await freePort();
      const server = await startEverything('streamableHttp', port);
      cleanups.push(() => server.stop());
      host = createMcpToolHost({ everything: configured({ type, url: `http://127.0.0.1:${port}/mcp`, headers: {} }) }, { log });
    }
    cleanups.push(() => host.close());
  });
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  it('asks with a form, and gets what was filled in', async () => {
    const { asked, elicit } = person({ action: 'accept', content: { name: 'Ada', check: true } });

    const outcome = await host.call({ ...callOf('everything', tool), elicit }, never);

    expect(asked).toMatchObject([
      { message: 'Please provide inputs for the following fields:', requestedSchema: { required: ['name'] } },
    ]);
    expect(textOf(outcome)).toContain('- Name: Ada');
  });

  it.each([
    ['decline', 'User declined'],
    ['cancel', 'User cancelled'],
  ] as const)('is told that the user chose %s', async (action, said) => {
    const outcome = await host.call({ ...callOf('everything', tool), ...person({ action }) }, never);

    expect(textOf(outcome)).toContain(said);
  });

  it('asks to open a page', async () => {
    const { asked, elicit } = person({ action: 'accept' });
    const url = 'https://example.org/sign-in';

    const call = callOf('everything', 'trigger-url-elicitation', { url, message: 'Sign in.' });
    const outcome = await host.call({ ...call, elicit }, never);

    expect(asked).toEqual([{ message: 'Sign in.', url }]);
    expect(textOf(outcome)).toContain('User completed the URL elicitation flow');
  });

  it('refuses to work before a page was opened, and works when it is called again', async () => {
    const request = callOf('everything', 'trigger-url-elicitation', {
      url: 'https://example.org/pay',
      message: 'Pay.',
      errorPath: true,
    });
    const { elicit } = person({ action: 'accept' });

    const outcome = await host.call({ ...request, elicit }, never);

    expect(outcome).toMatchObject({ type: 'input_required', requests: [{ url: 'https://modelcontextprotocol.io' }] });
    if (outcome.type !== 'input_required') return;
    const answers = (action: Elicited['action']) => ({
      input: { responses: Object.fromEntries(outcome.requests.map(({ key }) => [key, { action }])) },
    });
    expect(textOf(await host.call({ ...request, ...answers('decline'), elicit }, never))).toContain('did not open the page');
    expect(textOf(await host.call({ ...request, ...answers('accept'), elicit }, never))).toContain('User completed');
  });

  it('is asked to stop when the call is aborted while somebody is asked', async () => {
    const aborting = new AbortController();
    let withdrawn: AbortSignal | undefined;
    const elicit: ToolCallRequest['elicit'] = (_, signal) => {
      withdrawn = signal;
      aborting.abort();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };

    const outcome = await host.call({ ...callOf('everything', tool), elicit }, aborting.signal);

    expect(outcome).toMatchObject({ type: 'unknown', failure: { kind: 'lost' } });
    expect(withdrawn?.aborted).toBe(true);
  });

  it('has its question put to the conversation that it works for, or to nobody', async () => {
    const said: unknown[] = [];
    const onProgress = (progress: unknown) => void said.push(progress);
    const running = callOf('everything', 'trigger-long-running-operation', { duration: 1, steps: 2 });
    const slow = host.call({ ...running, onProgress }, never);
    const { asked, elicit } = person({ action: 'accept', content: { name: 'Ada' } });

    const outcome = await host.call({ ...callOf('everything', tool), conversationId: 'conversation-2', elicit }, never);

    if (type === 'http') expect(textOf(outcome)).toContain('- Name: Ada');
    else {
      expect(textOf(outcome)).toContain('User cancelled');
      expect(asked).toEqual([]);
      expect(warnings).toContainEqual(expect.stringContaining('does not say for which'));
    }
    expect(await slow).toMatchObject({ type: 'returned' });
    expect(said).toContainEqual({ progress: 1, total: 2 });
  });

  it('asks one thing after the other of the same conversation', async () => {
    let answer: (elicited: Elicited) => void = () => {};
    const first = person(new Promise((resolve) => (answer = resolve)));
    const second = person({ action: 'accept', content: { name: 'Bob' } });
    const calls = [first, second].map(({ elicit }) => host.call({ ...callOf('everything', tool), elicit }, never));

    await until(() => first.asked.length > 0 && second.asked.length > 0);
    answer({ action: 'accept', content: { name: 'Ada' } });

    expect(textOf(await calls[0])).toContain('- Name: Ada');
    expect(textOf(await calls[1])).toContain('- Name: Bob');
  });
});

describe('a server of the 2026 era', () => {
  const form = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const elicitation = { method: 'elicitation/create', params: { mode: 'form', message: 'Where?', requestedSchema: form } };
  const complete = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };

  const setup = async (asks: Record<string, unknown>) => {
    const script: Script = ({ method, params }, respond) => {
      if (method === 'server/discover')
        respond.result({ ...complete, supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
      else if (method === 'tools/list')
        respond.result({ ...complete, tools: [{ name: 'book', inputSchema: { type: 'object' } }] });
      else if (method !== 'tools/call') respond.error(-32601, 'Method not found');
      else if (params.requestState === undefined) respond.result({ resultType: 'input_required', ...asks });
      else respond.result({ ...complete, content: [{ type: 'text', text: JSON.stringify(params.inputResponses) }] });
    };
    const server = await startScripted(script);
    const host = createMcpToolHost({ server: configured({ type: 'http', url: server.url, headers: {} }) });
    onTestFinished(async () => {
      await host.close();
      await server.stop();
    });
    const calls = (): RpcRequest[] => server.requests.filter(({ method }) => method === 'tools/call');
    return { host, calls };
  };

  it('ends the call with its questions, and gets the answers and its state back as it came', async () => {
    const requestState = 'opaque "ünïcödé" {1}\n';
    const { host, calls } = await setup({ inputRequests: { where: elicitation }, requestState });
    const request = callOf('server', 'book', { days: 2 });

    const outcome = await host.call(request, never);

    expect(outcome).toEqual({
      type: 'input_required',
      requests: [{ key: 'where', message: 'Where?', requestedSchema: form }],
      requestState,
    });
    const responses = { where: { action: 'accept' as const, content: { city: 'Rome' } } };
    const again = await host.call({ ...request, input: { requestState, responses } }, never);
    expect(again).toMatchObject({ type: 'returned', result: { content: [{ text: JSON.stringify(responses) }] } });
    expect(calls().at(-1)?.params).toMatchObject({ arguments: { days: 2 }, requestState, inputResponses: responses });
    expect(new Set(calls().map(({ id }) => id)).size).toBe(2);
  });

  it('may ask for nothing but time', async () => {
    const { host } = await setup({ requestState: 'later' });

    expect(await host.call(callOf('server', 'book'), never)).toEqual({
      type: 'input_required',
      requests: [],
      requestState: 'later',
    });
  });

  it.each([
    ['sampling/createMessage', { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } }],
    [
      'elicitation/create',
      { method: 'elicitation/create', params: { mode: 'url', message: 'Look.', url: 'file:///etc/passwd' } },
    ],
  ])('is told where it asks for %s in a way that nobody can answer', async (method, request) => {
    const { host } = await setup({ inputRequests: { it: request } });

    expect(await host.call(callOf('server', 'book'), never)).toMatchObject({
      type: 'returned',
      result: { isError: true, content: [{ text: expect.stringContaining(method) }] },
    });
  });
});
