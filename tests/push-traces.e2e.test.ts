// From trace files and from the log to a dataset repository, through the command that a person types.

import { mkdir, writeFile } from 'node:fs/promises';
import { validateRow } from '@turnlog/datasets';
import { parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type StandInHub, startStandInHub, writeToken } from '../packages/datasets/src/testing/stand-in-hub.ts';
import { createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { runTurnlog } from './support/turnlog-process.ts';

let engine: EngineUnderTest;
let hub: StandInHub;
beforeEach(async () => {
  engine = await createEngineUnderTest({
    scripts: { 'Count to one.': [{ calls: [{ name: 'count', arguments: { n: 1 } }] }, { content: 'One.' }] },
  });
  hub = await startStandInHub();
});
afterEach(async () => {
  await engine.end();
  await hub.stop();
});

const turnlog = (...args: string[]) =>
  runTurnlog({
    args,
    cwd: engine.workspace.folder,
    env: { DATABASE_URL: engine.databaseUrl, HF_ENDPOINT: hub.url, HF_TOKEN: writeToken },
  });
const trace = (answer: string) =>
  JSON.stringify({
    timestamp: '20250512_102030',
    model: 'qwen3',
    messages: [
      { role: 'user', content: 'Greet.' },
      { role: 'assistant', content: answer },
    ],
    tools: [],
  });
/** What somebody gets who loads a config of the card: its files over HTTP, their rows in the order of their versions. */
const loaded = async (repo: string, config: string): Promise<readonly Record<string, unknown>[]> => {
  const card = await download(repo, 'README.md');
  const [, pattern = ''] = new RegExp(`config_name: ${config}\\n(?:.*\\n)*? +path: (.*)`).exec(card.toString()) ?? [];
  const [before = '', after = ''] = pattern.split('*');
  const rows: Record<string, unknown>[] = [];
  for (const path of filesOf(repo).filter((file) => file.startsWith(before) && file.endsWith(after) && before !== '')) {
    const content = await download(repo, path);
    if (path.endsWith('.jsonl')) rows.push(...linesOf(content));
    else rows.push(...(await parquetReadObjects({ file: new Uint8Array(content).buffer })));
  }
  return rows.sort((a, b) => versionOf(a) - versionOf(b));
};
const versionOf = ({ id }: Record<string, unknown>): number => Number(String(id).split(':')[1] ?? 0);
const download = async (repo: string, path: string): Promise<Buffer> => {
  const headers = { authorization: `Bearer ${writeToken}` };
  const response = await fetch(`${hub.url}/datasets/${repo}/resolve/main/${path}`, { headers });
  expect(response.status, path).toBe(200);
  return Buffer.from(await response.arrayBuffer());
};
const linesOf = (content: Buffer): Record<string, unknown>[] =>
  content
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const filesOf = (repo: string) => [...(hub.repos.get(repo)?.files.keys() ?? [])].sort();

it('pushes the log once, again only what is new, and refuses what people should look at first', async () => {
  const api = createApiClient(await engine.start('--port', '0'));
  const { id } = await api.create({ input: 'Count to one.', approval: 'auto' });
  await api.until(id, isIdle);

  const first = await turnlog('push-traces', '--repo-id', 'me/traces', '--sessions');
  expect([first.code, first.output]).toEqual([0, expect.stringContaining('Pushed')]);
  expect(first.output).toMatch(/Wrote 2 sft rows of 1 conversation to .*\nWrote 1 hf row of 1 conversation .*\nWrote 1 session/);
  expect(first.output).toMatch(/Pushed 8 files to .*\/datasets\/me\/traces \(new\)/);
  expect(hub.repos.get('me/traces')).toMatchObject({ isPrivate: true, commits: [expect.stringContaining('2 sft, 1 hf')] });
  expect(filesOf('me/traces')).toEqual([
    'README.md',
    expect.stringMatching(/^data\/hf\/.*\.json$/),
    expect.stringMatching(/^data\/hf\/rows\.json\.gz$/),
    expect.stringMatching(/^data\/hf\/train-[0-9a-f]{12}\.parquet$/),
    'data/sft/manifest.json',
    'data/sft/rows.json.gz',
    expect.stringMatching(/^data\/sft\/train-[0-9a-f]{12}\.parquet$/),
    expect.stringMatching(/^sessions\/Count_to_one_\d{8}_\d{6}\.jsonl$/),
  ]);
  const card = hub.repos.get('me/traces')?.files.get('README.md')?.toString() ?? '';
  expect(card).toMatch(
    /config_name: sft\n {2}default: true\n {2}data_files:\n {2}- split: train\n {4}path: data\/sft\/train-\*\.parquet/,
  );

  const sft = await loaded('me/traces', 'sft');
  expect(sft.map((row) => validateRow('sft', row))).toEqual([[], []]);
  expect(sft).toMatchObject([
    {
      prompt: [{ content: 'Count to one.' }],
      completion: [{ tool_calls: [{ function: { name: 'count', arguments: { n: 1 } } }] }],
    },
    { completion: [{ role: 'assistant', content: 'One.' }], tools: [{ function: { name: 'count' } }, {}] },
  ]);
  expect((await loaded('me/traces', 'hf')).map((row) => [row.id, validateRow('hf', row)])).toEqual([[id, []]]);
  const session = linesOf(await download('me/traces', filesOf('me/traces').find((path) => path.startsWith('sessions/')) ?? ''));
  expect(session.map((line) => validateRow('sts', line))).toEqual(session.map(() => []));
  expect(session).toMatchObject([{ type: 'session', harness: 'turnlog', id }, { message: { role: 'user' } }, {}, {}, {}]);
  expect(card).not.toContain('sessions/');

  const again = await turnlog('push-traces', '--repo-id', 'me/traces', '--sessions');
  expect(again.output).toContain('Nothing has changed since the last push');
  expect(hub.repos.get('me/traces')?.commits).toHaveLength(1);

  hub.addRepo('me/open', { isPrivate: false });
  expect(await turnlog('push-traces', '--repo-id', 'me/open')).toMatchObject({
    code: 1,
    output: expect.stringContaining('me/open is public'),
  });
  expect(hub.repos.get('me/open')?.commits).toEqual([]);

  const erased = await api.raw(`/conversations/${id}`, { method: 'DELETE' });
  expect(((await erased.json()) as { datasets: string[] }).datasets).toContain('me/traces');
  const verified = await turnlog('verify-dataset', '.turnlog/datasets/me__traces/sft');
  expect(verified.output).toContain(`1 erased since: ${id}`);
});

it('pushes trace files, imported first, and no secret unless told so', async () => {
  await mkdir(engine.workspace.path('old'));
  await writeFile(engine.workspace.path('old', 'a.json'), trace('Hello.'));
  await writeFile(engine.workspace.path('old', 'b.json'), trace(`Use ghp_${'a1B2c3D4e5F6'.repeat(3)} to log in.`));

  const refused = await turnlog('push-traces', '--repo-id', 'me/old', '--trace-dir', 'old', '--unroll');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.output).toMatch(/Secrets were found: nothing was pushed\. Look at .*secrets\.json/);
  expect(hub.repos.has('me/old')).toBe(false);

  const left = await turnlog(
    'push-traces',
    '--repo-id',
    'me/old',
    '--trace-dir',
    'old',
    '--on-secret',
    'exclude',
    '--as',
    'jsonl',
  );
  expect(left.output).toMatch(/Wrote 1 sft row of 1 conversation to .* \(left out: 1 secret\)/);
  const pushed = [...(hub.repos.get('me/old')?.files ?? [])].map(([, content]) => content.toString()).join('\n');
  expect(pushed).toContain('"content":"Hello."');
  expect(pushed).not.toContain('ghp_');

  await writeFile(engine.workspace.path('old', 'c.json'), trace('Hello again.'));
  const more = ['--trace-dir', 'old', '--on-secret', 'exclude', '--as', 'jsonl'];
  const before = new Map(hub.repos.get('me/old')?.files);
  expect((await turnlog('push-traces', '--repo-id', 'me/old', ...more)).output).toMatch(/Pushed \d files, 2 deleted/);
  expect((await loaded('me/old', 'sft')).map(({ completion }) => completion)).toEqual(
    expect.arrayContaining([[{ role: 'assistant', content: 'Hello.' }], [{ role: 'assistant', content: 'Hello again.' }]]),
  );
  const changed = filesOf('me/old').filter(
    (path) => !before.get(path)?.equals(hub.repos.get('me/old')?.files.get(path) ?? Buffer.alloc(0)),
  );
  expect(changed.filter((path) => path.endsWith('.jsonl'))).toHaveLength(2);
  const { code, output } = await turnlog(
    'export-traces',
    '--manifest',
    '.turnlog/datasets/me__old/sft/manifest.json',
    '--out',
    'again',
  );
  expect([code, output]).toEqual([0, expect.stringContaining('The same files as the manifest names, byte for byte.')]);
  expect(await turnlog('export-traces', '--manifest', 'again/sft/manifest.json', '--tag', 'x')).toMatchObject({
    code: 1,
    output: expect.stringContaining('leave out --tag'),
  });

  const shown = await turnlog('push-traces', '--repo-id', 'me/old', '--trace-dir', 'old', '--allow-secrets', '--as', 'jsonl');
  expect(shown.output).toMatch(/Pushed \d files, \d deleted/);
  expect([...(hub.repos.get('me/old')?.files.values() ?? [])].join('\n')).toContain('Use [redacted-');

  expect(await turnlog('push-traces', '--repo-id', 'me/none', '--trace-dir', 'nowhere')).toMatchObject({ code: 1 });
  expect(hub.repos.has('me/none')).toBe(false);
});
