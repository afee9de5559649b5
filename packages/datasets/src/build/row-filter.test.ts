import { describe, expect, it } from 'vitest';
import { createRedactor } from '../redaction/redactor.ts';
import type { ProjectedRow, Row } from '../rows/projection.ts';
import { rowFormats } from '../rows/row-formats.ts';
import { createRowFilter, InvalidRow, type RowFilterOptions } from './row-filter.ts';

const row = (id: string, changed: Record<string, Row[string]> = {}): ProjectedRow => ({
  id,
  conversation: id.split(':')[0] ?? '',
  fromVersion: 1,
  toVersion: 6,
  row: {
    id,
    conversation: id.split(':')[0] ?? '',
    turn: 1,
    model: 'm',
    timestamp: '2026-01-01T00:00:00.000Z',
    tags: [],
    prompt: [{ role: 'user', content: 'Hi' }],
    completion: [{ role: 'assistant', content: 'Hello' }],
    tools: [],
    chat_template_kwargs: { enable_thinking: false },
    ...changed,
  },
});

const filterOf = (changed: Partial<RowFilterOptions> & { readonly secrets?: readonly string[] } = {}) =>
  createRowFilter({
    format: 'sft',
    rows: {},
    rowFormat: rowFormats,
    redactor: createRedactor({ secrets: changed.secrets ?? ['correct horse'], key: 'k' }),
    onSecret: 'redact',
    placeOf: async (conversation) => conversation,
    ...changed,
  });

describe('a row on its way to a file', () => {
  it('that its own format forbids stops the build, by its name and field', async () => {
    await expect(filterOf().pass(row('a:6', { completion: [] }), 0)).rejects.toThrow(InvalidRow);
    await expect(filterOf().pass(row('a:6', { turn: -1 }), 0)).rejects.toThrow(/Row a:6 of sft: turn/);
  });

  it('is left out as a secret where a placeholder may not stand', async () => {
    // Somebody's password is the word by which every answer is known.
    const { result, secrets } = await filterOf({ secrets: ['assistant'] }).pass(row('a:6'), 0);
    expect(result).toBe('secret');
    expect(secrets).toMatchObject([{ row: 'a:6', field: 'completion[0].role', kind: 'configured' }]);
    const shown = await filterOf().pass(row('a:6', { prompt: [{ role: 'user', content: 'It is correct horse.' }] }), 0);
    expect(shown.result).toMatchObject({ row: { prompt: [{ content: expect.stringContaining('[redacted-configured-') }] } });
  });

  it('is held against its schema after redaction in every way of writing it', async () => {
    const call = (text: string) => [
      { role: 'assistant', content: '', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: text } }] },
    ];
    const filter = filterOf({ rows: { compat: 'strings' } });
    const { result } = await filter.pass(row('a:6', { tools: '[]', completion: call('{"password": 12345678, "n": 1}') }), 0);
    expect(JSON.stringify(result)).not.toContain('12345678');
    expect(result).not.toBe('secret');
  });

  it('is too long by the tokens of its model alone, and stays out of the duplicates then', async () => {
    const count = ({ prompt }: Row) => JSON.stringify(prompt).length;
    const maxTokens = { most: 40, count, tokenizer: { name: 'q', sha256: '0'.repeat(64) } };
    const filter = filterOf({ maxTokens });
    expect((await filter.pass(row('b:6'), 0)).result).toMatchObject({ id: 'b:6' });
    expect((await filter.pass(row('c:6', { prompt: [{ role: 'user', content: 'x'.repeat(40) }] }), 0)).result).toBe('too_long');
  });

  it('gives way to the one that was recorded before it, whichever comes first; its shard is made again', async () => {
    const filter = filterOf();
    expect((await filter.pass(row('b:6'), 0)).result).toMatchObject({ id: 'b:6' });
    expect((await filter.pass(row('c:6'), 1)).result).toBe('duplicate');
    expect(filter.outdated()).toEqual([]);
    expect((await filter.pass(row('a:6'), 2)).result).toMatchObject({ id: 'a:6' });
    expect(filter.outdated()).toEqual([0]);
    expect((await filter.pass(row('b:6'), 0)).result).toBe('duplicate');
    expect((await filter.pass(row('a:6'), 2)).result).toMatchObject({ id: 'a:6' });
  });
});
