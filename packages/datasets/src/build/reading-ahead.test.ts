import { describe, expect, it } from 'vitest';
import type { ForkFamilyIndex } from './fork-families.ts';
import { readingAhead } from './reading-ahead.ts';

const family = (root: string, version: number): ForkFamilyIndex => ({ root, members: [{ id: root, version, isSelected: true }] });
/** Lets everything go first that waits for nothing. */
const everythingReady = () => new Promise<void>((resolve) => setImmediate(resolve));
const setup = (families: readonly ForkFamilyIndex[]) => {
  const begun: string[] = [];
  const read = async ({ root }: ForkFamilyIndex) => {
    begun.push(root);
    if (root === 'broken') throw new Error('It cannot be read.');
    return root;
  };
  return { begun, read: readingAhead(read, families) };
};

describe('reading ahead', () => {
  it('begins the reads that come next, up to a bound, and each of them once', async () => {
    const families = Array.from({ length: 100 }, (_, index) => family(`f${index}`, 500));
    const { begun, read } = setup(families);
    for (const [index, one] of families.entries()) {
      expect(await read(one)).toBe(one.root);
      await everythingReady();
      expect(begun).toHaveLength(Math.min(100, index + 5));
    }
    expect(begun).toEqual(families.map(({ root }) => root));
  });

  it('has three reads under way at most, whoever is slow', async () => {
    const families = Array.from({ length: 20 }, (_, index) => family(`f${index}`, 1));
    const waiting: (() => void)[] = [];
    let begun = 0;
    const read = readingAhead(async ({ root }) => {
      begun += 1;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return root;
    }, families);
    const first = read(families[0] as ForkFamilyIndex);
    await everythingReady();
    expect(begun).toBe(3);
    waiting.shift()?.();
    expect(await first).toBe('f0');
    await everythingReady();
    expect(begun).toBe(4);
  });

  it('reads one family alone where it is larger than the bound', async () => {
    const families = [family('small', 10), family('large', 1_000_000), family('last', 10)];
    const { begun, read } = setup(families);
    await read(families[0] as ForkFamilyIndex);
    await everythingReady();
    expect(begun).toEqual(['small', 'large']);
  });

  it('reads what is asked for again, and out of order', async () => {
    const families = ['a', 'b', 'c'].map((root) => family(root, 1_500));
    const { begun, read } = setup(families);
    for (const at of [2, 0, 1, 0]) expect(await read(families[at] as ForkFamilyIndex)).toBe(families[at]?.root);
    expect([...begun].sort()).toEqual(['a', 'a', 'b', 'c', 'c']);
  });

  it('tells who asks of a read that failed, and nobody else', async () => {
    const families = [family('a', 1), family('broken', 1)];
    const { read } = setup(families);
    expect(await read(families[0] as ForkFamilyIndex)).toBe('a');
    await expect(read(families[1] as ForkFamilyIndex)).rejects.toThrow('It cannot be read.');
  });
});
