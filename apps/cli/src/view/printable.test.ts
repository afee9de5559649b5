import { expect, it } from 'vitest';
import { printable } from './printable.ts';

it('leaves text, line breaks, tabs and other scripts as they are', () => {
  expect(printable('a\tb\nc\r\nd é 日本 👩‍👩‍👧')).toBe('a\tb\nc\nd é 日本 👩‍👩‍👧');
});

it('shows signs that would repaint or reorder the terminal', () => {
  expect(printable('\u001b[2K\u001b]0;title\u0007x\u007f\rrm')).toBe('␛[2K␛]0;title␇x␡␍rm');
  expect(printable('\u009b31m \u202egpj.exe')).toBe('\ufffd31m \ufffdgpj.exe');
});
