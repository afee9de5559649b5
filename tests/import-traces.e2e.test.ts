// Trace files of the script that this replaces become conversations that verify, fork, go on and export like native ones.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import type { ConversationView, VerifyReport } from '@turnlog/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { runTurnlog } from './support/turnlog-process.ts';

let engine: EngineUnderTest;
beforeEach(async () => {
  engine = await createEngineUnderTest({ scripts: { 'And in French?': [{ content: 'Bonjour.' }] } });
});
afterEach(() => engine.end());

const call = (id: string, args: unknown) => ({ id, type: 'function', function: { name: 'read', arguments: args } });
const trace = {
  timestamp: '20250512_102030',
  model: 'Qwen/Qwen3-30B-A3B-FP8',
  messages: [
    { role: 'user', content: 'Read a and b, then greet.' },
    {
      role: 'assistant',
      content: '\n\n',
      reasoning_content: '\nBoth.\n',
      tool_calls: [call('x', { path: 'a' }), call('y', '{"path": "b"}')],
    },
    { role: 'tool', tool_call_id: 'x', name: 'read', content: 'alpha' },
    { role: 'tool', tool_call_id: 'y', name: 'read', content: 'beta' },
    { role: 'assistant', content: 'Hello.' },
  ],
  tools: [
    { type: 'function', function: { name: 'read', parameters: { type: 'object', properties: { path: { type: 'string' } } } } },
  ],
};

const turnlog = (...args: string[]) =>
  runTurnlog({ args, cwd: engine.workspace.folder, env: { DATABASE_URL: engine.databaseUrl } });

it('imports each file once, names the one it refuses, and goes on from what it imported', async () => {
  await mkdir(engine.workspace.path('old'));
  await writeFile(engine.workspace.path('old', 'a.json'), JSON.stringify(trace));
  await writeFile(
    engine.workspace.path('old', 'b.json'),
    JSON.stringify({ ...trace, messages: [{ role: 'assistant', content: 'I first.' }] }),
  );

  const first = await turnlog('import-traces', 'old', '--tag', 'old');
  expect(first).toMatchObject({ code: 1 });
  expect(first.output).toMatch(/✗ b\.json: Message 1: an assistant speaks before any user\.\nImported 1 of 2 files, 1 refused\./);
  const again = await turnlog('import-traces', 'old/a.json', '--json');
  const [{ result, conversation: id }] = JSON.parse(again.output).files;
  expect(result).toBe('known');

  const api = createApiClient(await engine.start('--port', '0'));
  const { items } = await api.get<{ items: { id: string; createdAt: string }[] }>('/conversations?tag=old');
  expect(items).toMatchObject([{ id, createdAt: '2025-05-12T10:20:30.000Z' }]);
  expect(await api.post<VerifyReport>(`/conversations/${id}/replay`, { mode: 'verify' })).toMatchObject({ verdict: 'verified' });
  await checkConversation(api, id);

  const { version } = await api.view(id);
  const fork = await api.post<ConversationView>(`/conversations/${id}/fork`, {
    at: version,
    model: 'scripted',
    input: 'And in French?',
  });
  await api.until(fork.id, isIdle);
  expect((await api.trace(fork.id)).messages.slice(-2).map(({ content }) => content)).toEqual(['And in French?', 'Bonjour.']);

  const exported = await turnlog('export-traces', '--id', id);
  expect(exported.code).toBe(0);
  const folder = engine.workspace.path('exports', 'trace', 'data');
  const [file = ''] = await readdir(folder);
  expect(file).toBe('Read_a_and_b__then_greet_20250512_102030.json');
  const back = JSON.parse(await readFile(`${folder}/${file}`, 'utf8'));
  expect(back).toMatchObject({ timestamp: trace.timestamp, model: trace.model, tools: trace.tools });
  expect(back.messages.map(({ role, content }: { role: string; content: string }) => [role, content])).toEqual(
    trace.messages.map(({ role, content }) => [role, content]),
  );
  expect((await turnlog('import-traces', 'exports/trace')).output).toMatch(/Imported 0 of 1 file, 1 in the log already\./);
});
