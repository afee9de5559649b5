import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTextFinder } from './find-texts.ts';

it('finds what looking for each text apart finds', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '🙂'), minLength: 3, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 5 }), fc.string({ unit: fc.constantFrom('a', 'b', 'c', '🙂') }), (texts, text) => {
      const inside = Array.from({ length: text.length }, (_, at) =>
        texts.some((known) => {
          for (let start = text.indexOf(known); start >= 0; start = text.indexOf(known, start + 1))
            if (start <= at && at < start + known.length) return true;
          return false;
        }),
      );
      const found = createTextFinder(texts)(text);
      expect(inside).toEqual(inside.map((_, at) => found.some(({ start, end }) => start <= at && at < end)));
      for (const [index, { start }] of found.entries()) expect(start).toBeGreaterThanOrEqual(found[index - 1]?.end ?? 0);
    }),
    { numRuns: 500 },
  );
});
