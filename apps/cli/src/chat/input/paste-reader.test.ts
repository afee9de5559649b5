import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPasteReader, joinLines, splitLines, type TypedPiece } from './paste-reader.ts';

const read = (...chunks: readonly string[]): readonly TypedPiece[] => {
  const reader = createPasteReader();
  return chunks.flatMap((chunk) => reader(chunk));
};

it('passes keys on as they are, escape sequences included', () => {
  expect(read('hi\r', '\u001b[A', '\u001b')).toEqual([
    { type: 'keys', text: 'hi\r' },
    { type: 'keys', text: '\u001b[A' },
    { type: 'keys', text: '\u001b' },
  ]);
});

it('keeps the lines of a paste together, whatever they end with, and drops the break at its end', () => {
  expect(read('a\u001b[200~one\rtwo\r\nthree\n\u001b[201~b')).toEqual([
    { type: 'keys', text: 'a' },
    { type: 'paste', text: 'one↵two↵three' },
    { type: 'keys', text: 'b' },
  ]);
});

it('takes no key out of a paste', () => {
  expect(read('\u001b[200~x\u0003\u001b[Ay\tz\u001b[201~')).toEqual([{ type: 'paste', text: 'x[Ay\tz' }]);
});

it('makes a line break of Alt-Enter', () => {
  expect(read('one\u001b\rtwo')).toEqual([{ type: 'keys', text: 'one↵two' }]);
});

it('gives a line back as it was', () => {
  expect(splitLines(joinLines('a\r\nb\nc'))).toBe('a\nb\nc');
});

it('reads the same wherever the terminal cuts a paste', () => {
  const whole = 'k\u001b[200~eins\nzwei\u001b[201~l';
  fc.assert(
    // A cut behind the escape sign itself is not recognised: it is a key of its own.
    fc.property(fc.integer({ min: 3, max: whole.length }), fc.integer({ min: 3, max: whole.length }), (a, b) => {
      const [first, second] = a < b ? [a, b] : [b, a];
      const pieces = read(whole.slice(0, first), whole.slice(first, second), whole.slice(second));
      expect(pieces.map(({ type, text }) => `${type}:${text}`)).toEqual(['keys:k', 'paste:eins↵zwei', 'keys:l']);
    }),
  );
});
