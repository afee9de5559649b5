// docs/transcripts/doctor.txt: an endpoint that can do all, one that lacks its flags, and MCP servers.

import { call, perform, withModel } from './play.mjs';

const weather = (city) => call('get_weather', { city }, city);

const goodAnswers = [
  ['Say hello', 0, { reasoning: 'A greeting.', content: 'Hello there!' }],
  ['both cities', 0, { reasoning: 'Two cities, two calls.', toolCalls: [weather('Paris'), weather('Tokyo')] }],
  ['both cities', 1, { content: 'It is sunny in Paris and rainy in Tokyo.' }],
  ['Use the tool', 0, { reasoning: 'One city.', toolCalls: [weather('Paris')] }],
  ['secret word', 0, { content: 'The secret word was marmalade-4821.' }],
];
const refusal = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set';
const refused = { error: { message: refusal, type: 'BadRequestError' }, status: 400 };
const vllmWithoutFlags = [
  ['Say hello', 0, { content: '<think>\nA greeting.\n</think>\n\nHello there!' }],
  ['both cities', 0, refused],
  ['Use the tool', 0, refused],
  ['secret word', 0, { content: '<think>\nAt the start.\n</think>\n\nmarmalade-4821' }],
];

export const playDoctor = async (setting) => {
  const examine = (answers, args) => withModel(answers, (url) => perform({ ...setting, url, args }));
  return [
    await examine(goodAnswers, ['doctor', 'URL']),
    await examine(vllmWithoutFlags, ['doctor', 'URL']),
    await examine([], ['doctor', '--config', 'config.json']),
  ].join('\n\n');
};
