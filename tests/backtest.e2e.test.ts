// backtest --last as a command: the last step of the newest trace file, or of the log, is asked again.

import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { runTurnlog } from './support/turnlog-process.ts';

const read = {
  type: 'function',
  function: { name: 'read', parameters: { type: 'object', properties: { path: { type: 'string' } } } },
};
const called = (args: string) => ({
  role: 'assistant',
  content: '',
  reasoning_content: 'I must look.',
  tool_calls: [{ id: 'c1', type: 'function', function: { name: 'read', arguments: args } }],
});
const trace = (messages: readonly object[]) => ({ timestamp: '20260512_102030', model: 'old-model', messages, tools: [read] });

let engine: EngineUnderTest;
beforeEach(async () => {
  engine = await createEngineUnderTest({
    scripts: {
      'Read a.': [{ reasoning: 'I look.', calls: [{ name: 'read', arguments: { path: 'a' } }] }],
      'Read b.': [{ content: 'I cannot read.' }],
      'Say hi.': [{ content: 'Hi.' }],
    },
  });
  await mkdir(engine.workspace.path('traces'));
});
afterEach(() => engine.end());

const write = async (name: string, messages: readonly object[], minutesAgo: number) => {
  const path = engine.workspace.path('traces', name);
  await writeFile(path, JSON.stringify(trace(messages)));
  const time = new Date(Date.now() - minutesAgo * 60_000);
  await utimes(path, time, time);
};
const backtest = (...args: string[]) =>
  runTurnlog({ args: ['backtest', '--last', ...args], cwd: engine.workspace.folder, env: { DATABASE_URL: engine.databaseUrl } });
/** What stands after the progress on stderr. */
const reportOf = (output: string) => JSON.parse(output.slice(output.indexOf('{"source"')));

it('asks the last step of the newest trace file again, with its messages and tools, and shows both answers', async () => {
  await write(
    'older.json',
    [
      { role: 'user', content: 'Say hi.' },
      { role: 'assistant', content: 'Hi!' },
    ],
    60,
  );
  await write('newer.json', [{ role: 'user', content: 'Read a.' }, called('{"path": "a"}')], 1);
  const { code, output } = await backtest();
  expect(code).toBe(0);
  expect(output).toMatch(/The last step of \S+newer\.json/);
  expect(output).toMatch(/recorded: old-model\s+│ new: scripted/);
  expect(output).toMatch(/\(thinks\) I must look\.\s+│ \(thinks\) I look\./);
  expect(output).toMatch(/tools {6}same\narguments {2}same\n/);
  expect(output).toMatch(/reasoning {2}both\nagreement {2}yes/);
});

it('says where the new answer differs, in words and as JSON, from the trace folder, model and endpoint of its flags', async () => {
  await write('b.json', [{ role: 'user', content: 'Read b.' }, called('{"path": "b"}')], 1);
  const words = await backtest('--trace-dir', 'traces', '--model', 'qwen3', '--base-url', engine.model.baseUrl, '--api-key', 'k');
  expect(words.output).toMatch(/new: qwen3/);
  expect(words.output).toMatch(/agreement {2}no/);
  const { output } = await backtest('--json');
  expect(reportOf(output)).toMatchObject({
    recordedModel: 'old-model',
    model: 'scripted',
    original: { calls: [{ name: 'read', arguments: '{"path": "b"}' }] },
    new: { content: 'I cannot read.', calls: [] },
    comparison: { agrees: false },
  });
});

it('takes the newest conversation of the log where there is no trace file', async () => {
  const api = createApiClient(await engine.start('--port', '0'));
  const { id } = await api.create({ input: 'Say hi.', servers: [] });
  await api.until(id, isIdle);
  const { code, output } = await backtest('--json');
  expect(code).toBe(0);
  expect(reportOf(output)).toMatchObject({ source: `conversation ${id}`, comparison: { agrees: true, content: 'same' } });
});

it('says what is missing: no trace, a file that is none, an endpoint that is not there', async () => {
  expect(await backtest('--trace-dir', 'nowhere')).toMatchObject({
    code: 1,
    output: expect.stringMatching(/holds no trace file/),
  });
  expect(await backtest()).toMatchObject({
    code: 1,
    output: expect.stringMatching(/Neither .* nor the log holds a conversation/),
  });
  await write(
    'a.json',
    [
      { role: 'user', content: 'Say hi.' },
      { role: 'assistant', content: 'Hi!' },
    ],
    1,
  );
  const away = await backtest('--base-url', 'http://127.0.0.1:9/v1');
  expect(away).toMatchObject({ code: 1, output: expect.stringMatching(/The model did not answer: /) });
  await write('broken.json', [], 0);
  expect(await backtest()).toMatchObject({ code: 1, output: expect.stringMatching(/broken\.json is no trace/) });
});
