// docs/transcripts/story.txt, which stands in the README: from a wish to a dataset on the Hub, over one bad step.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call, modelName, perform, steady, withModel } from './play.mjs';

const read = (path) => call('read_text_file', { path }, path);

const answers = [
  ['Who reviews', 0, { reasoning: 'The release has a note of its own.', toolCalls: [read('release.txt')] }],
  ['Who reviews', 1, { content: 'Grace reviews the release.' }, 0],
  ['Who reviews', 1, { reasoning: 'It names no reviewer. Ada has a note too.', toolCalls: [read('ada.txt')] }, 1],
  ['Who reviews', 2, { content: 'Ada reviews the release, on Friday.' }],
];
const lines = ['Who reviews the release? My notes tell.', '/rate bad no note says so', '/retry', '/rate good', '/exit'];

/** `hub`: the URL and token of a Hub that keeps what is pushed. */
export const playStory = async (setting, hub) => {
  const env = { ...setting.env, HF_ENDPOINT: hub.url, HF_TOKEN: hub.token };
  const type = (...args) => perform({ ...setting, env, args });
  const chat = ['chat', '--model', modelName, '--base-url', 'URL', '--approval', 'auto'];
  return [
    await withModel(answers, (url) => perform({ ...setting, env, url, args: chat, lines })),
    await type('export-traces', '--format', 'sft'),
    await type('export-traces', '--format', 'dpo'),
    await firstRow(join(setting.folder, 'exports/dpo'), setting.folder),
    await type('push-traces', '--repo-id', 'ada/release-notes'),
  ].join('\n');
};

/** The last messages of the prompt, and what is preferred to what. */
const firstRow = async (folder, root) => {
  const { files } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const [line] = (await readFile(join(folder, files[0].path), 'utf8')).split('\n');
  const { prompt, chosen, rejected } = JSON.parse(line);
  const shown = [
    ...prompt.map((message) => `  ${JSON.stringify(message)}`),
    `chosen    ${JSON.stringify(chosen[0])}`,
    `rejected  ${JSON.stringify(rejected[0])}`,
  ];
  return steady(`The one dpo row:\n\n${shown.join('\n')}\n`, root);
};
