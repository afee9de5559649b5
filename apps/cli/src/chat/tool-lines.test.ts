import type { CatalogueEntry } from '@turnlog/core';
import { expect, it } from 'vitest';
import { toolLines } from './tool-lines.ts';

const offered = [
  { type: 'function', function: { name: 'read', description: 'Reads a file.\nMore on it.', parameters: {} } },
  { type: 'function', function: { name: 'write_all', parameters: {} } },
] as const;
const broken = {
  server: 'search',
  tools: [],
  failure: { kind: 'unavailable', message: 'it did not start' },
  listedAt: '2026-11-22T10:00:00.000Z',
} as unknown as CatalogueEntry;

it('lists what the model is offered, and the servers that cannot be listed', () => {
  expect(toolLines(offered, [broken], 80)).toEqual([
    'read       Reads a file.',
    'write_all',
    '! search cannot be listed: it did not start',
  ]);
});

it('says how tools come about where there are none', () => {
  expect(toolLines([], [], 80)).toEqual([expect.stringContaining('config.json')]);
});
