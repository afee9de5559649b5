// backtest over a set as a command: two models at every recorded step, a budget that pauses it, what they disagree about, and
// ratings that come back as feedback.

import { readFile, writeFile } from 'node:fs/promises';
import type { BacktestScore } from '@turnlog/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { startScriptedModel } from './support/scripted-model.ts';
import { runTurnlog } from './support/turnlog-process.ts';

let engine: EngineUnderTest;
beforeEach(async () => {
  engine = await createEngineUnderTest({
    scripts: {
      'Count.': [{ calls: [{ name: 'count' }] }, { content: 'Counted.' }],
      'Say hi.': [{ content: 'Hi.' }],
    },
  });
});
afterEach(() => engine.end());

const backtest = (...args: string[]) =>
  runTurnlog({ args: ['backtest', ...args], cwd: engine.workspace.folder, env: { DATABASE_URL: engine.databaseUrl } });
const found = (output: string) => JSON.parse(output.slice(output.indexOf('{"id"')));

it('asks every step of the set again, scores two models, and takes ratings of what they disagree about', async () => {
  const running = await engine.start('--port', '0');
  const api = createApiClient(running);
  const ids: string[] = [];
  for (const input of ['Count.', 'Say hi.']) {
    const { id } = await api.create({ input, tags: ['set'] });
    await api.until(id, isIdle);
    ids.push(id);
  }
  await running.end();
  const counted = await readFile(engine.workspace.path('counted'), 'utf8');
  // Two names for one server: what says the same agrees.
  const words = await backtest('--tag', 'set', '--model', 'scripted,other', '--base-url', engine.model.baseUrl, '--api-key', 'k');
  expect(words.output).toMatch(/scripted +3 +100\.0 % +100\.0 % +100\.0 % +100\.0 % +100\.0 %/);
  expect(words.output).toMatch(/At 3 steps that both answered: both agree 3, only scripted 0, only other 0, neither 0/);
  expect(words.code).toBe(0);
  // A cassette: nothing is executed, nothing is written.
  expect(await readFile(engine.workspace.path('counted'), 'utf8')).toBe(counted);

  // The same set put to a server that speaks where the recorded model called a tool.
  const changed = await startScriptedModel({
    'Count.': [{ content: 'No.' }, { content: 'Counted.' }],
    'Say hi.': [{ content: 'Hi.' }],
  });
  try {
    const endpoint = ['--base-url', changed.baseUrl, '--api-key', 'k', '--model', 'scripted'];
    const paused = found(
      (await backtest('--tag', 'set', ...endpoint, '--max-calls', '1', '--concurrency', '1', '--json')).output,
    );
    expect(paused).toMatchObject({ phase: 'paused', scores: [{ answered: 1 }] });
    const { output, code } = await backtest('--resume', paused.id, '--max-calls', '9', ...endpoint, '--json');
    const report = found(output);
    const [score] = report.scores as readonly BacktestScore[];
    expect([code, report.phase, report.disagreements, score?.answered]).toEqual([0, 'completed', 1, 3]);
    expect(score).toMatchObject({ toolChoice: 0, agreement: 2 / 3 });
    const lines = (await readFile(report.files.queue, 'utf8')).trimEnd().split('\n');
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({
      conversation: ids[0],
      step: 1,
      recorded: { calls: [{ name: 'count' }] },
      answers: [{ model: 'scripted', answer: { content: 'No.' } }],
      rating: null,
    });
    await writeFile(report.files.queue, `${JSON.stringify({ ...line, rating: 1, comment: 'It must count.' })}\n`);
    for (const _ of [1, 2]) expect((await backtest('--rate', report.files.queue)).output).toContain('Rated 1 step, 0 left');
  } finally {
    await changed.stop();
  }
  const again = createApiClient(await engine.startApi());
  const feedback = (await again.events(ids[0] ?? '')).filter(({ type }) => type === 'FeedbackGiven');
  expect(feedback.map(({ data }) => data)).toEqual([{ step: 1, rating: 1, comment: 'It must count.' }]);
});

it('says what is missing', async () => {
  const none = await backtest('--tag', 'nobody', '--base-url', engine.model.baseUrl, '--model', 'scripted');
  expect([none.code, none.output]).toEqual([1, expect.stringMatching(/No conversation of the log matches/)]);
  const wrong = await backtest('--trace-dir', 'traces');
  expect([wrong.code, wrong.output]).toEqual([2, expect.stringMatching(/--trace-dir needs --last/)]);
});
