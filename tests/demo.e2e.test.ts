import { readdir, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endAllProcesses, runTurnlog } from './support/turnlog-process.ts';
import { createWorkspace, type Workspace } from './support/workspace.ts';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await createWorkspace();
});
afterEach(async () => {
  await endAllProcesses();
  await workspace.remove();
});

it('does the whole job without a key, says that its model is recorded, and leaves a trace with real tool results', async () => {
  const started = performance.now();
  const { code, output } = await runTurnlog({ args: ['demo'], cwd: workspace.folder });
  expect(output).toMatch(/RECORDED/);
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(performance.now() - started).toBeLessThan(30_000);

  const [file, ...others] = await readdir(workspace.path('traces'));
  expect(others).toEqual([]);
  expect(file).toMatch(/^Read_my_notes__remember_who_wo_\d{8}_\d{6}\.json$/);
  const trace = JSON.parse(await readFile(workspace.path('traces', file ?? ''), 'utf8'));
  const results = trace.messages
    .filter((message: { role: string }) => message.role === 'tool')
    .map((message: { content: string }) => message.content);
  expect(results).toHaveLength(7);
  expect(results.join('\n')).toMatch(/\[FILE\] ada\.txt.*14 hours this week.*Ada.*Successfully wrote.*42/s);
  expect(await readFile(workspace.path('.turnlog', 'demo', 'notes', 'summary.md'), 'utf8')).toMatch(/Friday/);
  expect(await readdir(workspace.path('exports', 'demo', 'trace', 'data'))).toHaveLength(1);
});
