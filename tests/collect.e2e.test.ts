// `collect` as a person uses it: stopped in the middle, gone on with by the same command, judged by a program of their own,
// and beside an engine that runs already.

import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApiClient, poll } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { runTurnlog, spawnTurnlog } from './support/turnlog-process.ts';

let engine: EngineUnderTest;
beforeEach(async () => {
  engine = await createEngineUnderTest({
    scripts: {
      'Say one.': [{ content: 'one two three four', latency: 120 }],
      'Say two.': [{ content: 'two', latency: 20 }],
    },
  });
  await writeFile(
    engine.workspace.path('prompts.jsonl'),
    ['{"prompt": "Say two.", "expected": "two"}', '{"prompt": "Say one.", "expected": "one"}'].join('\n'),
  );
  await writeFile(
    engine.workspace.path('grade.mjs'),
    `let text = '';
     for await (const chunk of process.stdin) text += chunk;
     const { messages, expected } = JSON.parse(text);
     console.log(JSON.stringify({ reward: messages.at(-1).content.length / 100, comment: expected }));`,
  );
});
afterEach(() => engine.end());

const env = () => ({ DATABASE_URL: engine.databaseUrl, TURNLOG_TOKEN: 'test-token-of-this-suite' });
const collect = (...args: string[]) => ({ args: ['collect', ...args], cwd: engine.workspace.folder, env: env() });
const asked = ['--prompts', 'prompts.jsonl', '--samples', '3', '--concurrency', '1', '--grader', 'exact', '--servers', ''];
const summaryIn = (output: string) => JSON.parse(output.slice(output.indexOf('{"id"')));

it('goes on where it was stopped, with the same command, and grades with a program of the operator', async () => {
  const first = spawnTurnlog(collect(...asked, '--json'));
  await poll(
    async () => engine.model.requests('Say one.'),
    (count) => count > 0,
    60_000,
    'a request of the second prompt',
  );
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(130);
  const id = /goes on with batch ([0-9a-f-]+)/.exec(first.output())?.[1] ?? '';

  const again = await runTurnlog(collect(...asked, '--grader', `command:${process.execPath} grade.mjs`));
  expect(again.output).toContain(`Batch ${id}: 6 conversations have ended.`);
  expect(again.output).toMatch(/model +ended +completed +failed +tokens +cost +exact\n/);
  expect(again.output).toMatch(/all +6 +6 +0 .* 0\.500\n/);
  expect(again.output).toMatch(/grade\.mjs: 6 graded, mean reward 0\.105/);
  expect(again.code).toBe(0);

  // Nothing is begun or judged a second time; an engine that runs already shows the same.
  const requests = engine.model.requests('Say two.');
  const running = await engine.start('--port', '0');
  const beside = await runTurnlog(
    collect(
      '--resume',
      id,
      '--server',
      `${running.url}/?token=${running.token}`,
      '--grader',
      `command:${process.execPath} grade.mjs`,
      '--json',
    ),
  );
  expect(summaryIn(beside.output)).toMatchObject({ id, phase: 'completed', ended: 6, commands: [{ graded: 6, failed: {} }] });
  expect([engine.model.requests('Say two.'), beside.code]).toEqual([requests, 0]);
  const api = createApiClient(running);
  const { items } = await api.get<{ items: { id: string }[] }>(`/conversations?tag=batch:${id}`);
  expect(items).toHaveLength(6);
  const feedback = (await api.events(items[0]?.id ?? '')).filter(({ type }) => type === 'FeedbackGiven');
  expect(feedback).toHaveLength(2);
});

it('says what is wrong before it begins, and what became of a program that cannot grade', async () => {
  const bad = await runTurnlog(collect('--prompts', 'nowhere.jsonl'));
  expect([bad.code, bad.output]).toEqual([2, expect.stringMatching(/nowhere\.jsonl cannot be read/)]);
  const neither = await runTurnlog(collect());
  expect([neither.code, neither.output]).toEqual([2, expect.stringMatching(/--prompts names a file/)]);
  await writeFile(engine.workspace.path('p.txt'), 'Say two.\n');
  const spent = await runTurnlog(
    collect('--prompts', 'p.txt', '--samples', '3', '--max-conversations', '1', '--servers', '', '--grader', 'command:exit 3'),
  );
  expect(spent.output).toMatch(/its budget is spent after 1 of 3\. Go on with more: --resume/);
  expect(spent.output).toMatch(/command exit 3: 0 graded\n {2}1 could not be graded: it ended with 3/);
  expect(spent.code).toBe(1);
});
