import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { examine } from './check-endpoint.ts';
import { createProbe } from './endpoint-probe.ts';

interface Asked {
  readonly messages: readonly {
    readonly role: string;
    readonly content: string | null;
    readonly reasoning?: string;
    readonly reasoning_content?: string;
  }[];
  readonly tools?: unknown;
  readonly stream?: boolean;
  readonly stream_options?: unknown;
}
type Reply = { readonly status: number; readonly error: string } | { readonly delta: object; readonly promptTokens?: number };

/** A server of one's own making: what it answers depends on what it was asked. */
const serve = async (reply: (asked: Asked) => Reply, models: readonly string[] | number = ['qwen3-4b']) => {
  const server = http.createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.statusCode = typeof models === 'number' ? models : 200;
      response.end(JSON.stringify({ data: typeof models === 'number' ? [] : models.map((id) => ({ id })) }));
      return;
    }
    let body = '';
    for await (const piece of request) body += piece;
    const asked = JSON.parse(body) as Asked;
    const answer = reply(asked);
    if ('status' in answer) {
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: answer.error } }));
      return;
    }
    const usage = { prompt_tokens: answer.promptTokens ?? 20, completion_tokens: 3 };
    if (asked.stream === false) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ message: answer.delta, finish_reason: 'stop' }], usage }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = (value: object) => response.write(`data: ${JSON.stringify(value)}\n\n`);
    chunk({ choices: [{ delta: answer.delta }] });
    chunk({
      choices: [{ delta: 'tool_calls' in answer.delta ? {} : { content: ' ' }, finish_reason: 'stop' }],
      ...(asked.stream_options !== undefined && { usage }),
    });
    response.end('data: [DONE]\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
};

/** Where a moment ago a server was. */
const freeUrl = async (): Promise<string> => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
};

const call = (index: number, city: string) => ({
  index,
  id: `id${index}`,
  type: 'function',
  function: { name: 'get_weather', arguments: JSON.stringify({ city }) },
});
const last = ({ messages }: Asked) => messages.at(-1)?.content ?? '';

/** Does everything as it should, save for what `but` answers first. */
const goodServer =
  (but: (asked: Asked) => Reply | undefined = () => undefined) =>
  (asked: Asked): Reply => {
    const other = but(asked);
    if (other !== undefined) return other;
    if (last(asked).includes('secret word')) return { delta: { content: 'marmalade-4821' }, promptTokens: 6_100 };
    if (last(asked).includes('both cities'))
      return { delta: { reasoning: 'Two.', tool_calls: [call(0, 'Paris'), call(1, 'Tokyo')] } };
    if (last(asked).includes('Use the tool')) return { delta: { reasoning: 'One.', tool_calls: [call(0, 'Paris')] } };
    return { delta: { content: 'Hello.', reasoning: 'Greet.' } };
  };

const examined = async (url: string, model?: string) => {
  const report = await examine({
    probe: createProbe({ baseUrl: url }, new AbortController().signal),
    model,
    baseUrl: url,
    onCheck: () => {},
  });
  return { ...report, verdicts: Object.fromEntries(report.checks.map(({ name, verdict }) => [name, verdict])) };
};
const adviceOf = ({ checks }: Awaited<ReturnType<typeof examined>>, name: string) =>
  checks.find((check) => check.name === name)?.advice?.join('\n');

it('finds a good endpoint usable, and says how it wants its reasoning back', async () => {
  const report = await examined(await serve(goodServer()));
  expect(report).toMatchObject({
    model: 'qwen3-4b',
    isUsable: true,
    profile: { sendReasoning: 'reasoning', emptyContent: 'empty', splitThink: false },
  });
  expect(new Set(Object.values(report.verdicts))).toEqual(new Set(['ok']));
  expect(Object.keys(report.verdicts)).toHaveLength(9);
});

it("names the flags where vLLM's tool choice is switched off", async () => {
  const url = await serve(
    goodServer((asked) =>
      asked.tools === undefined
        ? undefined
        : { status: 400, error: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set' },
    ),
  );
  const report = await examined(url);
  expect(report).toMatchObject({ isUsable: false, verdicts: { 'tool calls': 'failed', 'parallel calls': 'skipped' } });
  expect(adviceOf(report, 'tool calls')).toContain('--enable-auto-tool-choice --tool-call-parser hermes');
});

it('names the parsers where calls and reasoning come as text', async () => {
  const content =
    '<think>\nThe tool.\n</think>\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>';
  const report = await examined(
    await serve(goodServer((asked) => (asked.tools === undefined ? undefined : { delta: { content } }))),
  );
  expect(report).toMatchObject({ isUsable: false, verdicts: { 'tool calls': 'failed' } });
  expect(adviceOf(report, 'tool calls')).toContain('--tool-call-parser hermes');
  const thinking = await examined(
    await serve(goodServer((asked) => (asked.tools ? undefined : { delta: { content: '<think>Hm.</think>Hi.' } }))),
  );
  expect(thinking).toMatchObject({ verdicts: { reasoning: 'warning' }, profile: { splitThink: true } });
  expect(adviceOf(thinking, 'reasoning')).toContain('--reasoning-parser qwen3');
});

it.each<[string, Reply, RegExp]>([
  ['usage shows it', { delta: { content: 'I do not know.' }, promptTokens: 2_048 }, /cut silently to 2048 tokens/],
  ['the marker is gone', { delta: { content: 'There was none.' }, promptTokens: 6_000 }, /not found again/],
  ['the server says so', { status: 400, error: 'maximum context length is 4096 tokens' }, /shorter than 6000/],
])('warns of a context that was cut: %s', async (_, reply, found) => {
  const report = await examined(await serve(goodServer((asked) => (last(asked).includes('secret word') ? reply : undefined))));
  expect(report).toMatchObject({ isUsable: true, verdicts: { context: 'warning' } });
  expect(report.checks.at(-1)?.found).toMatch(found);
});

it('goes on without what an endpoint refuses: stream options, reasoning sent back, empty content', async () => {
  const url = await serve(
    goodServer((asked) => {
      if (asked.stream_options !== undefined) return { status: 400, error: 'unknown field stream_options' };
      const assistant = asked.messages.find(({ role }) => role === 'assistant');
      if (assistant?.reasoning !== undefined) return { status: 400, error: 'unknown field reasoning' };
      return assistant?.content === '' ? { status: 400, error: 'content must not be empty' } : undefined;
    }),
  );
  expect(await examined(url)).toMatchObject({
    isUsable: true,
    verdicts: { usage: 'warning', 'tool results': 'ok' },
    profile: { streamUsage: false, sendReasoning: 'none', emptyContent: 'null' },
  });
});

it('finds out that a server misses the reasoning of a message that had none', async () => {
  const url = await serve(
    goodServer(({ messages }) => {
      const assistant = messages.find(({ role }) => role === 'assistant');
      const isMissing = assistant !== undefined && assistant.reasoning_content === undefined;
      return isMissing ? { status: 400, error: 'reasoning_content must be passed back' } : undefined;
    }),
  );
  expect(await examined(url)).toMatchObject({
    verdicts: { 'tool results': 'ok' },
    profile: { sendReasoning: 'reasoning_content', requireReasoning: true },
  });
});

it('needs a model where there is no list, and says so', async () => {
  const url = await serve(goodServer(), 404);
  const report = await examined(url);
  expect(report).toMatchObject({ isUsable: false, verdicts: { models: 'failed' } });
  expect(adviceOf(report, 'models')).toMatch(/--model/);
  expect(await examined(url, 'mine')).toMatchObject({ isUsable: true, model: 'mine', verdicts: { models: 'warning' } });
});

it('calls an endpoint unusable that nobody serves, that refuses its key, or that cannot stream', async () => {
  expect((await examined(await freeUrl())).checks).toMatchObject([
    { verdict: 'failed', found: expect.stringMatching(/nothing listens/) },
  ]);
  expect(adviceOf(await examined(await serve(goodServer(), 401)), 'models')).toMatch(/--api-key/);
  const whole = await examined(
    await serve(goodServer(({ stream }) => (stream ? { status: 500, error: 'no streams' } : undefined))),
  );
  expect(whole).toMatchObject({ isUsable: false, verdicts: { streaming: 'failed', context: 'skipped' } });
});
