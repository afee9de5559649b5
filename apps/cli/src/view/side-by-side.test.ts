import { expect, it } from 'vitest';
import { sideBySide } from './side-by-side.ts';

const columns = (left: string, right: string, width = 43) =>
  sideBySide({ title: 'A', text: left }, { title: 'B', text: right }, width);

it('sets two texts beside each other, wrapped at words', () => {
  expect(columns('one two three four five six', 'short')).toEqual([
    'A                    │ B',
    '──────────────────── │ ────────────────────',
    'one two three four   │ short',
    'five six             │',
  ]);
});

it('cuts words that fit nowhere, keeps empty lines, and counts wide characters as two', () => {
  expect(columns('x'.repeat(25), 'a\n\nb').slice(2)).toEqual([
    `${'x'.repeat(20)} │ a`,
    'xxxxx                │',
    '                     │ b',
  ]);
  expect(columns('日本', 'y').at(-1)).toBe('日本                 │ y');
});
