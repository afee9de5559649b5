// docs/transcripts/chat.txt: tools, approvals, a call that is refused, and a way back.

import { call, modelName, perform, withModel } from './play.mjs';

/** What the model says: to which words, as its how-manieth answer. */
const chatAnswers = [
  ['Who does what', 0, { reasoning: 'I should look at the notes first.', toolCalls: [call('list_directory', { path: '.' })] }],
  ['Who does what', 1, { reasoning: "Ada's is the first.", toolCalls: [call('read_text_file', { path: 'ada.txt' })] }],
  ['Who does what', 2, { content: 'Ada works on the event log and reviews the release on Friday.' }],
  [
    'Keep that',
    3,
    { toolCalls: [call('write_file', { path: 'summary.md', content: 'Ada: the event log, and the review on Friday.' })] },
  ],
  ['Keep that', 4, { content: 'All right, I will not write anything.' }],
  ['And Grace', 3, { reasoning: 'The other note.', toolCalls: [call('read_text_file', { path: 'grace.txt' })] }],
  ['And Grace', 4, { content: 'Grace works on the queue and deploys on Monday.' }],
];
const chatLines = [
  '/tools',
  'Who does what? My notes tell.',
  'y',
  'a',
  'Keep that in summary.md.',
  'n not now',
  '/back',
  '/back 7',
  'And Grace?',
  '/save',
  '/exit',
];

export const playChat = (setting) =>
  withModel(chatAnswers, (url) =>
    perform({ ...setting, url, args: ['chat', '--model', modelName, '--base-url', 'URL'], lines: chatLines }),
  );
