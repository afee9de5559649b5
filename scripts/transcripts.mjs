// The transcripts in docs/transcripts, and the story in the README: `node scripts/transcripts.mjs` plays them with the built
// program and writes the files; a test compares them with what is said today.

import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createViteServer } from 'vitest/node';
import { playChat } from './transcripts/chat.mjs';
import { playDoctor } from './transcripts/doctor.mjs';
import { cleanEnvironment, writeConfiguration } from './transcripts/play.mjs';
import { playStory } from './transcripts/story.mjs';

const root = join(import.meta.dirname, '..');

const notes = {
  'ada.txt': 'Ada: the event log. Reviews the release on Friday.\n',
  'grace.txt': 'Grace: the queue. Deploys on Monday.\n',
  'release.txt': 'The release is on Friday, after the review.\n',
};

/**
 * Plays every transcript; gives their texts by name.
 * @param {{hub: {url: string, token: string}, databaseUrl?: string}} setting without a database, an embedded one
 * @returns {Promise<Record<string, string>>}
 */
export async function playTranscripts({ hub, databaseUrl }) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'turnlog-transcripts-')));
  try {
    await mkdir(join(folder, 'notes'));
    for (const [name, text] of Object.entries(notes)) await writeFile(join(folder, 'notes', name), text);
    await writeConfiguration(folder);
    const env = { ...cleanEnvironment(), ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) };
    // The story first: it is of all conversations in the log.
    return {
      story: await playStory({ folder, env }, hub),
      chat: await playChat({ folder, env }),
      doctor: await playDoctor({ folder, env }),
    };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The README with the story between its marks. */
export const withStory = (readme, story) =>
  readme.replace(
    /(<!-- story -->\n```\n).*?(\n```\n<!-- \/story -->)/s,
    (_, before, after) => `${before}${story.trimEnd()}${after}`,
  );

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const configFile = join(root, 'vitest.config.ts');
  const vite = await createViteServer({ root, configFile, server: { middlewareMode: true }, logLevel: 'error' });
  const { startStandInHub, writeToken } = await vite.ssrLoadModule('/packages/datasets/src/testing/stand-in-hub.ts');
  const hub = await startStandInHub();
  const folder = join(root, 'docs/transcripts');
  try {
    const played = await playTranscripts({ hub: { url: hub.url, token: writeToken } });
    for (const [name, text] of Object.entries(played)) {
      await writeFile(join(folder, `${name}.txt`), text);
      process.stdout.write(`docs/transcripts/${name}.txt\n`);
    }
    const readme = join(root, 'README.md');
    await writeFile(readme, withStory(await readFile(readme, 'utf8'), played.story));
  } finally {
    await hub.stop();
    await vite.close();
  }
}
