import type { ConversationView } from '@turnlog/core';
import { expect, it } from 'vitest';
import { branchBefore, branchEdited, messageLines } from './branch.ts';

const call = { id: 'c', type: 'function', function: { name: 'read', arguments: '{"path":\n"a"}' } } as const;
const messages: ConversationView['messages'] = [
  { version: 1, role: 'system', content: 'Be brief.' },
  { version: 2, role: 'user', content: 'Read a.' },
  { version: 6, role: 'assistant', content: '', tool_calls: [call] },
  { version: 8, role: 'tool', content: 'alpha\nbeta', tool_call_id: 'c', name: 'read' },
  { version: 11, role: 'assistant', content: 'Done.' },
  { version: 13, role: 'user', content: 'And b.' },
];

it('goes back to the version before a message, counted without the system prompt', () => {
  expect(branchBefore(messages, 1)).toEqual({ at: 1, supersede: true });
  expect(branchBefore(messages, 3)).toEqual({ at: 7, supersede: true });
  expect(branchBefore(messages, 5)).toEqual({ at: 12, supersede: true });
});

it('names the messages there are where there is none of that number', () => {
  expect(branchBefore(messages, 6)).toEqual({ problem: expect.stringContaining('1 to 5') });
  expect(branchBefore(messages.slice(0, 1), 1)).toEqual({ problem: 'There are no messages yet.' });
});

it('says the last user message again, in its own words or in others', () => {
  expect(branchEdited(messages)).toEqual({ at: 13, supersede: true, edit: { content: 'And b.' } });
  expect(branchEdited(messages.slice(0, 5), 'Read c.')).toEqual({ at: 2, supersede: true, edit: { content: 'Read c.' } });
  expect(branchEdited([])).toEqual({ problem: 'You have said nothing yet.' });
});

it('lists messages with the numbers that /back takes, each on one line that fits', () => {
  expect(messageLines(messages, 30)).toEqual([
    '1  you    Read a.',
    '2  model  → read {"path": "a"}',
    '3  tool   read: alpha beta',
    '4  model  Done.',
    '5  you    And b.',
  ]);
  expect(messageLines(messages, 16)[2]).toBe('3  tool   read:…');
});
