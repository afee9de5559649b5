// The chat as a script has it: lines through a pipe, an engine in its own process or one that runs elsewhere.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { ConversationView, Trace } from '@turnlog/core';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type ApiClient, checkConversation, createApiClient, isIdle, poll } from './support/api-client.ts';
import { startChat } from './support/chat-under-test.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { runTurnlog } from './support/turnlog-process.ts';
import { counterServer } from './support/workspace.ts';

const question = /\[y\]es {2}\[n\]o {2}\[e\]dit {2}\[a\]lways in this chat ›/;

let engine: EngineUnderTest;
beforeEach(async () => {
  engine = await createEngineUnderTest({
    scripts: {
      'count twice': [
        { reasoning: 'Two counts, then.', content: '', calls: [{ name: 'count' }, { name: 'count', arguments: { to: 2 } }] },
        { content: 'Counted twice.' },
      ],
      'work a while': [{ calls: [{ name: 'slow', arguments: { ms: 1 } }] }, { content: 'Done.' }],
      'work slowly': [{ calls: [{ name: 'slow', arguments: { ms: 60_000 } }] }, { content: 'So it is.' }],
      hello: [{ reasoning: 'Greet.', content: 'Hello to you.' }, { content: 'Hello again.' }],
    },
  });
});
afterEach(() => engine.end());

const options = (args: readonly string[] = []) => ({
  args,
  cwd: engine.workspace.folder,
  env: { DATABASE_URL: engine.databaseUrl },
});

/** Says all lines at once and waits for the end. */
const chat = async (lines: readonly string[], ...args: string[]) => {
  const talk = startChat(options(args));
  talk.type(lines.map((line) => `${line}\n`).join(''));
  talk.endInput();
  return { code: await talk.ended, output: talk.output() };
};

const traces = async (folder = 'traces'): Promise<readonly Trace[]> => {
  const names = existsSync(engine.workspace.path(folder)) ? await readdir(engine.workspace.path(folder)) : [];
  const texts = await Promise.all(names.map((name) => readFile(engine.workspace.path(folder, name), 'utf8')));
  return texts.map((text) => JSON.parse(text) as Trace);
};

const effects = async (): Promise<number> => {
  const file = engine.workspace.path('counted');
  return existsSync(file) ? (await readFile(file, 'utf8')).split('\n').filter((line) => /^(count|slow) /.test(line)).length : 0;
};

it('shows what the model thinks and calls, asks before each call, and keeps the trace file up to date meanwhile', async () => {
  const talk = startChat(options());
  talk.type('count twice\n');
  await talk.sees(/thinks {2}Two counts, then\.\n {2}→ count \{\}\n {2}→ count \{"to":2\}/);
  await talk.sees(/\? counter · count \{\}\n/);
  await talk.sees(question);
  expect(await effects()).toBe(0);
  const early = await poll(traces, ([trace]) => trace !== undefined && trace.turnlog.version >= 8);
  expect(early[0]?.messages.map(({ role }) => role)).toEqual(['user']);

  talk.type('y\n');
  await talk.sees(/\? counter · count \{"to":2\}\n/);
  await talk.sees(question);
  await poll(effects, (count) => count === 1);
  talk.type('n\nthat is enough\n');
  await talk.sees(/✗ count refused: that is enough/);
  await talk.sees(/model {2}Counted twice\./);
  await poll(traces, ([trace]) => trace?.messages.length === 5);
  talk.endInput();
  expect(await talk.ended).toBe(0);
  expect(talk.output()).toMatch(/Trace {9}\S+\/traces\/count_twice_\d{8}_\d{6}\.json/);

  const [trace] = await traces();
  expect(trace?.messages).toMatchObject([
    { role: 'user', content: 'count twice' },
    { role: 'assistant', reasoning_content: 'Two counts, then.' },
    { role: 'tool', content: '1' },
    { role: 'tool', content: expect.stringMatching(/not.*that is enough/s) },
    { role: 'assistant', content: 'Counted twice.' },
  ]);
  expect(await effects()).toBe(1);
});

it('calls with edited arguments, asks again where they are none, and remembers what was agreed to', async () => {
  const { code, output } = await chat(['count twice', 'e {"to": ', 'e', '{"to":7}', 'a', '/events', '/retry']);
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toMatch(/These are no arguments: they must be one JSON object\./);
  expect(output).toMatch(/✎ count \{"to":7\}/);
  expect(output).toMatch(/\d+ {2}[\d:]{8} {2}ToolCallEdited/);
  // Two questions and one asked again before `always`, none after it.
  expect(output.match(new RegExp(question, 'g'))).toHaveLength(3);
  expect(await effects()).toBe(4);
});

it('does what its flags say', async () => {
  await writeFile(engine.workspace.path('mine.txt'), 'Be brief.\n');
  const flags = ['--approval', 'auto', '--no-show-reasoning', '--trace-dir', 'my traces', '--system-prompt-file', 'mine.txt'];
  const { code, output } = await chat(['count twice', '/save copy.json'], ...flags, '-m', 'scripted');
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).not.toMatch(question);
  expect(output).not.toMatch(/Two counts/);
  const [trace] = await traces('my traces');
  expect(trace?.messages.slice(0, 3)).toMatchObject([
    { role: 'system', content: 'Be brief.\n' },
    { role: 'user' },
    { role: 'assistant', reasoning_content: 'Two counts, then.' },
  ]);
  expect(JSON.parse(await readFile(engine.workspace.path('copy.json'), 'utf8'))).toEqual(trace);

  const text = await chat(['hello'], '--system-prompt-text', 'Say little.', '--trace-dir', 'others', '--approval', 'never');
  expect(text).toMatchObject({ code: 0 });
  expect((await traces('others'))[0]?.messages[0]).toEqual({ role: 'system', content: 'Say little.' });
});

it('truncates what the model sees of a result, never what is kept', async () => {
  expect(await chat(['work a while'], '--approval', 'auto', '--truncate', '3')).toMatchObject({ code: 0 });
  expect((await traces())[0]?.messages[2]?.content).toBe('sle\n[truncated: 3 of 5 characters]');
});

it.each<[string, readonly string[], RegExp]>([
  ['a number that is none', ['--truncate', 'many'], /--truncate got "many", takes a whole number/],
  ['a system prompt that is not there', ['--system-prompt'], /system_prompt\.txt cannot be read \(ENOENT\)/],
  ['two system prompts', ['--system-prompt', '--system-prompt-text', 'x'], /Give the system prompt once/],
  ['an approval that does not exist', ['--approval', 'maybe'], /Allowed choices are ask, auto, never, ask-if-destructive/],
  ['a config that is not there', ['--config', 'nowhere.json'], /nowhere\.json.*no such file/s],
  ['flags of another engine', ['--server', 'http://127.0.0.1:9', '--base-url', 'http://x/v1'], /--base-url has no meaning with/],
  ['an engine that is no URL', ['--server', 'here'], /--server takes the URL of a running engine/],
])('refuses %s with exit code 2', async (_, flags, message) => {
  const { code, output } = await chat([], ...flags);
  expect(output).toMatch(message);
  expect(code).toBe(2);
});

it('says without an endpoint what to set, which local ports answer, and that there is a demo', async () => {
  const local = await listenOnAUsualPort();
  await mkdir(engine.workspace.path('empty'));
  const { code, output } = await runTurnlog({ args: ['chat'], cwd: engine.workspace.path('empty') });
  expect(code).toBe(2);
  expect(output).toMatch(/OPENAI_API_KEY/);
  expect(output).toMatch(/npm run demo/);
  if (local !== undefined) expect(output).toContain(`--base-url http://127.0.0.1:${local}/v1 --model`);
});

/** A list of models on the first usual port that is free; undefined where none is. */
const listenOnAUsualPort = async (): Promise<number | undefined> => {
  for (const port of [1234, 30_000, 11_434]) {
    const server = http.createServer((_, response) => void response.end('{"data":[{"id":"tiny"}]}'));
    const isListening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isListening) continue;
    onTestFinished(() => void server.close());
    return port;
  }
  return undefined;
};

it('says why a turn is paused, and goes on with the limit raised', async () => {
  await engine.workspace.writeConfig({
    mcpServers: { counter: counterServer(engine.workspace.path('counted')) },
    models: { scripted: { baseUrl: engine.model.baseUrl, model: 'qwen3', limits: { maxSteps: 2 } } },
  });
  const { output } = await chat(['count twice', '/resume 2', '/resume'], '--approval', 'auto');
  expect(output).toMatch(/Paused: maxSteps is 2, reached \d\.\n\/resume goes on with maxSteps at 4/);
  expect(output).toMatch(/The limit is still exceeded/);
  expect(output).toMatch(/model {2}Counted twice\./);
});

it('exits with 1 where a turn failed, and where the input ends while a call waits', async () => {
  const failed = await chat(['hello'], '--model', 'nobody-has-this', '--base-url', `${engine.model.baseUrl}/nowhere`);
  expect(failed.output).toMatch(/The turn failed/);
  expect(failed.code).toBe(1);
  const waiting = await chat(['count twice']);
  expect(waiting.output).toMatch(/The input ended while count waits for a decision\./);
  expect(waiting.code).toBe(1);
});

it('stops the turn at the first SIGINT and leaves at the second; SIGTERM leaves at once', async () => {
  const talk = startChat(options(['--approval', 'auto']));
  talk.type('work slowly\n');
  await talk.sees(/→ slow/);
  talk.signal('SIGINT');
  await talk.sees(/Cancelled\./);
  talk.signal('SIGINT');
  expect(await talk.ended).toBe(0);
  const other = startChat(options());
  await other.sees(/Turnlog chat/);
  other.signal('SIGTERM');
  expect(await other.ended).toBe(130);
});

describe('against an engine that runs elsewhere', () => {
  let api: ApiClient;
  const find = async (): Promise<readonly ConversationView[]> => {
    const { items } = await api.get<{ items: { id: string }[] }>('/conversations?tag=chat');
    return Promise.all(items.map(({ id }) => api.view(id)));
  };

  it('goes back, edits and retries in forks that supersede, each with a trace file of its own', async () => {
    const server = await engine.start('--port', '0');
    api = createApiClient(server);
    const lines = ['hello', 'hello', '/back', '/back 3', 'hello there', '/edit hello you', '/retry', '/back 9', '/events 1'];
    const { code, output } = await chat(lines, '--server', `${server.url}/?token=${server.token}`);
    expect(output).toMatch(/1 {2}you {4}hello\n2 {2}model {2}Hello to you\.\n3 {2}you {4}hello\n4 {2}model {2}Hello again\./);
    expect(output).toMatch(/There are messages 1 to 4: \/back lists them\./);
    expect(output).toMatch(/"type": "ConversationStarted"/);
    expect(code).toBe(1);

    const views = [...(await find())].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
    const words = views.map(({ messages }) => messages.filter(({ role }) => role === 'user').map(({ content }) => content));
    expect(words).toEqual([
      ['hello', 'hello'],
      ['hello', 'hello there'],
      ['hello', 'hello you'],
      ['hello', 'hello you'],
    ]);
    const [first, ...forks] = views;
    const second = first?.messages.filter(({ role }) => role === 'user')[1]?.version ?? 0;
    expect(forks.map(({ forkedFrom }) => forkedFrom?.supersededAfter)).toEqual(
      [first, ...forks.slice(0, -1)].map((view) => (view?.messages.findLast(({ role }) => role === 'user')?.version ?? 0) - 1),
    );
    expect(forks[0]?.forkedFrom).toMatchObject({ conversationId: first?.id, version: second - 1 });
    for (const { id } of views) await checkConversation(api, id);
    expect((await traces()).map(({ turnlog }) => turnlog.conversation).sort()).toEqual(views.map(({ id }) => id).sort());
  });

  it('asks what became of a call that was sent and lost', async () => {
    const server = await engine.startApi();
    api = createApiClient(server);
    const doomed = await engine.startWorker();
    const talk = startChat({
      ...options(['--server', server.url, '--approval', 'auto']),
      env: { TURNLOG_TOKEN: server.token },
    });
    talk.type('work slowly\n');
    await talk.sees(/→ slow/);
    await poll(effects, (count) => count === 1);
    await doomed.end('SIGKILL');
    await engine.startWorker();
    await talk.sees(/\? counter · slow \{"ms":60000\}\n {4}was sent, and no answer came\. It may have happened\./);
    await talk.sees(/\[r\]etry it {2}\[s\]ay what it returned {2}\[t\]ell the model/);
    talk.type('s it slept\n');
    await talk.sees(/model {2}So it is\./);
    talk.endInput();
    expect(await talk.ended).toBe(0);
    expect((await traces())[0]?.messages[2]).toMatchObject({ role: 'tool', content: 'it slept' });
    expect(await effects()).toBe(1);
  });

  it('withdraws a question that somebody else has answered', async () => {
    const server = await engine.start('--port', '0');
    api = createApiClient(server);
    const talk = startChat(options(['--server', `${server.url}/?token=${server.token}`]));
    talk.type('count twice\n');
    await talk.sees(question);
    const [view] = await find();
    for (const { callId, digest } of view?.waitingFor ?? [])
      await api.post(`/conversations/${view?.id}/tool-calls/${callId}/decision`, { decision: 'approve', digest });
    await api.until(view?.id ?? '', isIdle);
    await talk.sees(/model {2}Counted twice\./);
    talk.type('/exit\n');
    expect(await talk.ended).toBe(0);
  });

  it('says that nobody is there, or that the token is wrong', async () => {
    const nobody = await chat([], '--server', 'http://127.0.0.1:9');
    expect(nobody.output).toMatch(/http:\/\/127\.0\.0\.1:9 does not answer: \w+/);
    expect(nobody.code).toBe(1);
    const server = await engine.startApi();
    const refused = await chat([], '--server', `${server.url}/?token=wrong`);
    expect(refused.output).toMatch(/A token is needed/);
    expect(refused.code).toBe(1);
  });
});
