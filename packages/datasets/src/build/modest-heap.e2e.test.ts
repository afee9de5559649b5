import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const built = new URL('../../dist/build/modest-heap.js', import.meta.url).href;

/** How often all garbage is collected in a process that holds some 50 MB and makes 400 MB of what lives a while, as rows of a shard do. */
const collectionsOf = (around: string): number => {
  const program = `
    import { withModestHeap } from ${JSON.stringify(built)};
    const row = (number) => ({ number, parts: new Array(12).fill(number) });
    const held = Array.from({ length: 300_000 }, (_, number) => row(number));
    const work = async () => {
      const living = [];
      for (let number = 0; number < 3_000_000; number++) living[number % 50_000] = row(number);
      return held.length + living.length;
    };
    if ((await ${around}) !== 350_000) throw new Error('the work was not done');`;
  // Collecting beside the program would let the heap grow by as much as the program makes meanwhile.
  const flags = ['--trace-gc', '--single-threaded-gc', '--no-incremental-marking'];
  const said = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', program], { encoding: 'utf8' });
  return said.split('Mark-Compact').length - 1;
};

describe('withModestHeap', () => {
  it('has all garbage collected sooner, for as long as the work goes on', () => {
    const [usual = 0, modest = 0, after = 0] = ['work()', 'withModestHeap(work)', 'withModestHeap(() => {}).then(work)'].map(
      collectionsOf,
    );
    expect(modest).toBeGreaterThanOrEqual(1.5 * usual);
    expect(modest).toBeGreaterThanOrEqual(1.5 * after);
  });
});
