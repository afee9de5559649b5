// docs/model-profiles.md says what the profiles are.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelProfileSchema } from '@turnlog/core';
import { describe, expect, it } from 'vitest';
import { guessProfile, modelProfiles, profileNames } from '../apps/cli/src/configuration/model-profiles.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/model-profiles.md'), 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` \|(.*)\|$/gm)].map(([, name = '', cells = '']) => ({
  name,
  cells: cells.split('|').map((cell) => cell.trim()),
}));
const rowOf = (name: string) => rows.find((row) => row.name === name)?.cells ?? [];

describe('the page of model profiles', () => {
  it('names every key and every profile, and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...Object.keys(modelProfileSchema.shape), ...profileNames].sort());
  });

  it.each(profileNames)('says how %s differs, and for which addresses it is guessed', (name) => {
    const [guessed = '', keys = ''] = rowOf(name);

    const said = [...keys.matchAll(/`(\w+): (\w+)`/g)].map(([, key, value]) => [key, value]);
    const plain = modelProfileSchema.parse({}) as Record<string, unknown>;
    const different = Object.entries(modelProfiles[name]).filter(([key, value]) => plain[key] !== value);
    expect(said.sort()).toEqual(different.map(([key, value]) => [key, String(value)]).sort());
    for (const [, port] of guessed.matchAll(/port (\d+)/g)) expect(guessProfile(`http://localhost:${port}/v1`)).toBe(name);
    for (const [, host] of guessed.matchAll(/`([\w.]+)`/g)) expect(guessProfile(`https://api.${host}/v1`)).toBe(name);
  });
});
