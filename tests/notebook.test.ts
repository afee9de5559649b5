// The notebook and the recipe are two forms of the same steps; a change to one is a change to both.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../finetune', name), 'utf8');

/** nbformat 4.5, as far as a notebook without outputs needs it. */
const cell = z.discriminatedUnion('cell_type', [
  z.strictObject({
    cell_type: z.literal('markdown'),
    id: z.string().regex(/^[a-zA-Z0-9-_]{1,64}$/),
    metadata: z.strictObject({}),
    source: z.array(z.string()),
  }),
  z.strictObject({
    cell_type: z.literal('code'),
    id: z.string().regex(/^[a-zA-Z0-9-_]{1,64}$/),
    metadata: z.strictObject({}),
    source: z.array(z.string()),
    execution_count: z.null(),
    outputs: z.tuple([]),
  }),
]);
const notebookShape = z.strictObject({
  cells: z.array(cell).min(1),
  metadata: z.strictObject({
    kernelspec: z.strictObject({ display_name: z.string(), language: z.literal('python'), name: z.literal('python3') }),
    language_info: z.strictObject({ name: z.literal('python') }),
  }),
  nbformat: z.literal(4),
  nbformat_minor: z.literal(5),
});

const notebook = notebookShape.parse(JSON.parse(read('train.ipynb')));
const code = notebook.cells.flatMap((each) => (each.cell_type === 'code' ? [each.source.join('')] : [])).join('\n');
const recipe = read('train.py');

/** From the first match to the bracket that closes it, without layout. */
const call = (source: string, name: string): string => {
  const start = source.indexOf(`${name}(`);
  let depth = 0;
  for (let end = start + name.length; start >= 0 && end < source.length; end++) {
    if (source[end] === '(') depth++;
    if (source[end] === ')' && --depth === 0) return source.slice(start, end + 1).replaceAll(/\s+/g, ' ');
  }
  throw new Error(`${name}( is not in the source`);
};

describe('the notebook', () => {
  it('is valid, has been saved without outputs, and gives every cell an id of its own', () => {
    expect(new Set(notebook.cells.map(({ id }) => id)).size).toBe(notebook.cells.length);
    for (const { source } of notebook.cells)
      for (const [index, line] of source.entries()) expect(line.endsWith('\n')).toBe(index < source.length - 1);
  });

  it('takes the repository as a variable and as --repo-id', () => {
    expect(code).toContain('REPO_ID = "owner/name"');
    expect(code).toContain('"--repo-id", default=REPO_ID');
  });

  it.each(['SFTConfig', 'LoraConfig', 'SFTTrainer', 'apply_chat_template'])('says %s as the recipe does', (name) => {
    expect(call(code, name)).toBe(call(recipe, name));
  });

  it('selects the columns that the recipe selects', () => {
    const columns = /^COLUMNS = .+$/m;
    expect(code.match(columns)?.[0]).toBe(recipe.match(columns)?.[0]);
  });

  it('installs what the check was green with, except torch, which its machine brings', () => {
    const pins = read('requirements.txt')
      .split('\n')
      .filter((line) => /^[\w.-]+==/.test(line) && !line.startsWith('torch=='));
    const installed = code.match(/^%pip install .*$/m)?.[0].split(' ');
    expect(installed).toEqual(expect.arrayContaining(pins));
  });
});
