// What docs/transcripts shows is what the program says today, and so does the README.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase } from '@turnlog/db/testing';
import { expect, it, onTestFinished } from 'vitest';
import { startStandInHub, writeToken } from '../packages/datasets/src/testing/stand-in-hub.ts';
import { playTranscripts, withStory } from '../scripts/transcripts.mjs';

const root = join(import.meta.dirname, '..');
const fileOf = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

it('the transcripts and the story of the README are true (if they changed on purpose: node scripts/transcripts.mjs)', async () => {
  const database = await createTestDatabase();
  const hub = await startStandInHub();
  onTestFinished(async () => {
    await hub.stop();
    await database.drop();
  });
  const played = await playTranscripts({ databaseUrl: database.url, hub: { url: hub.url, token: writeToken } });
  expect(Object.keys(played)).toEqual(['story', 'chat', 'doctor']);
  for (const [name, text] of Object.entries(played)) expect(text).toBe(await fileOf(`docs/transcripts/${name}.txt`));
  const readme = await fileOf('README.md');
  expect(readme).toContain('<!-- story -->');
  expect(withStory(readme, played.story ?? '')).toBe(readme);
});
