import { describe, expect, it } from 'vitest';
import type { Format } from '../rows/projection.ts';
import { columnsOf } from '../rows/row-columns.ts';
import { type CardPart, datasetCard } from './dataset-card.ts';

const part = (format: Format, rows: readonly number[]): CardPart => ({
  columns: columnsOf(format),
  models: ['acme/small-1'],
  manifest: {
    manifest: 1,
    format,
    as: 'parquet',
    filters: {},
    options: {},
    seed: '',
    versions: { projection: 1, redaction: 1, writer: 1 },
    through: { transactionId: '1', position: '1' },
    files: rows.map((count, index) => ({
      path: `data/${index === 0 ? 'train' : 'test'}-0.parquet`,
      split: index === 0 ? 'train' : 'test',
      rows: count,
      bytes: 1,
      sha256: '0'.repeat(64),
    })),
    excluded: { superseded: 2 },
    conversations: 1,
  },
});
const card = (...parts: readonly CardPart[]) => datasetCard(parts, (format) => `data/${format}/`);
const yamlOf = (text: string) => text.split('---\n')[1] ?? '';

describe('a dataset card', () => {
  it('has a config for each format with its splits, and sft for whoever names none', () => {
    const yaml = yamlOf(card(part('sft', [3, 1]), part('hf', [2])));
    expect(yaml).toContain(
      [
        'configs:',
        '- config_name: sft',
        '  default: true',
        '  data_files:',
        '  - split: train',
        '    path: data/sft/train-*.parquet',
        '  - split: test',
        '    path: data/sft/test-*.parquet',
        '- config_name: hf',
        '  data_files:',
        '  - split: train',
        '    path: data/hf/train-*.parquet',
        'dataset_info:',
      ].join('\n'),
    );
  });

  it('has no config for a format without a row, which would stop the others from loading', () => {
    const text = card(part('sft', []), part('hf', [2]));
    expect(yamlOf(text)).not.toMatch(/config_name: sft|data_files:\n(?! {2}- split)/);
    expect(yamlOf(text)).toContain('config_name: hf');
    expect(text).toContain('| sft | 0 | 0 | 1 | 2 superseded |');
    expect(yamlOf(card(part('sft', [])))).not.toMatch(/configs|dataset_info/);
  });

  it('says of each column what it is', () => {
    const text = card(part('rl', [2]), part('kto', [1]));
    expect(text).toContain(
      '## Columns of `rl`\n\n| column | type | |\n|---|---|---|\n| `id` | string | where the row was recorded |',
    );
    expect(text).toContain('| `reward` | number, or none | what the turn was worth |');
    expect(text).toContain('| `label` | true or false | whether the answer is good |');
    const rows = text.split('\n').filter((line) => /^\| `/.test(line));
    expect(rows.length).toBe(columnsOf('rl').length + columnsOf('kto').length);
    expect(rows.filter((line) => line.endsWith('|  |'))).toEqual([]);
  });
});
