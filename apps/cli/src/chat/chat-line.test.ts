import { expect, it } from 'vitest';
import { type ChatLine, helpLines, readChatLine } from './chat-line.ts';

it.each<[string, ChatLine]>([
  ['hello there', { type: 'message', text: 'hello there' }],
  ['  two\nlines  ', { type: 'message', text: 'two\nlines' }],
  ['', { type: 'nothing' }],
  ['   ', { type: 'nothing' }],
  ['/back', { type: 'back' }],
  ['/back 3', { type: 'back', to: 3 }],
  ['/BACK  12 ', { type: 'back', to: 12 }],
  ['/edit', { type: 'edit' }],
  ['/edit say it\nin two lines', { type: 'edit', text: 'say it\nin two lines' }],
  ['/retry', { type: 'retry' }],
  ['/rate good', { type: 'rate', rating: 1 }],
  ['/rate BAD it never looked', { type: 'rate', rating: -1, comment: 'it never looked' }],
  ['/rate ok', { type: 'rate', rating: 0 }],
  ['/resume', { type: 'resume' }],
  ['/resume 80', { type: 'resume', limit: 80 }],
  ['/tools', { type: 'tools' }],
  ['/events', { type: 'events' }],
  ['/events 7', { type: 'events', version: 7 }],
  ['/save', { type: 'save' }],
  ['/save my traces/a.json', { type: 'save', path: 'my traces/a.json' }],
  ['/help', { type: 'help' }],
  ['/exit', { type: 'exit' }],
])('reads %j', (line, meaning) => {
  expect(readChatLine(line)).toEqual(meaning);
});

it.each(['/etc/hosts: what is in it?', '/ what?', '/2 of it', '/constructor.name?'])('%j is a message', (line) => {
  expect(readChatLine(line)).toEqual({ type: 'message', text: line });
});

it('takes // for a message that begins with a slash', () => {
  expect(readChatLine('//retry')).toEqual({ type: 'message', text: '/retry' });
});

it.each(['/bakc 3', '/constructor', '/back three', '/back 0', '/back -1', '/retry now', '/resume 1.5', '/rate', '/rate 5'])(
  'says how it is used instead of guessing at %j',
  (line) => {
    expect(readChatLine(line)).toMatchObject({ type: 'wrong', message: expect.stringMatching(/^(There is no|Use it so)/) });
  },
);

it('explains every command', () => {
  const help = helpLines().join('\n');
  for (const command of ['/back', '/edit', '/retry', '/resume', '/tools', '/events', '/save', '/help', '/exit'])
    expect(help).toContain(command);
});
