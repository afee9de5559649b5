import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapToolNames, type ToolOrigin } from './tool-names.ts';

const letters = fc.constantFrom('a', 'b', '_', '.', '-', '__', 'ä', 'long'.repeat(20));
const word = fc.array(letters, { maxLength: 6 }).map((parts) => parts.join(''));
const origins = fc.uniqueArray(fc.record({ server: word, tool: word }), {
  selector: ({ server, tool }) => `${server}\0${tool}`,
  maxLength: 20,
});

function namesByOrigin(list: readonly ToolOrigin[]): Map<string, string | undefined> {
  const names = mapToolNames(list);
  return new Map(list.map(({ server, tool }, index) => [`${server}\0${tool}`, names[index]]));
}

describe('mapToolNames', () => {
  it('keeps a bare name that only one server has', () => {
    const names = mapToolNames([
      { server: 'files', tool: 'read' },
      { server: 'memory', tool: 'search' },
    ]);

    expect(names).toEqual(['read', 'search']);
  });

  it('puts the server before a name that two servers have', () => {
    const names = mapToolNames([
      { server: 'files', tool: 'search' },
      { server: 'memory', tool: 'search' },
    ]);

    expect(names).toEqual(['files__search', 'memory__search']);
  });

  it('replaces characters that models refuse, and marks the change with a hash', () => {
    expect(mapToolNames([{ server: 'files', tool: 'read.file' }])).toEqual([expect.stringMatching(/^read_file_[0-9a-f]{8}$/)]);
  });

  it('cuts a long name to 64 characters that end with a hash', () => {
    const [name] = mapToolNames([{ server: 'files', tool: 'x'.repeat(128) }]);

    expect(name).toMatch(/^x{55}_[0-9a-f]{8}$/);
  });

  it('tells apart what becomes equal by cutting', () => {
    const names = mapToolNames([
      { server: 'files', tool: `${'x'.repeat(100)}1` },
      { server: 'files', tool: `${'x'.repeat(100)}2` },
    ]);

    expect(new Set(names).size).toBe(2);
  });

  it('gives a captured name to nobody', () => {
    const [predicted = ''] = mapToolNames([{ server: 'victim', tool: 'read.file' }]);

    const names = mapToolNames([
      { server: 'victim', tool: 'read.file' },
      { server: 'attacker', tool: predicted },
    ]);

    expect(new Set(names).size).toBe(2);
    expect(names).not.toContain(predicted);
  });

  it('always gives valid and unique names, whatever the order', () => {
    const shuffled = origins.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(shuffled, ([list, reordered]) => {
        const names = mapToolNames(list);

        expect(names.every((name) => /^[a-zA-Z0-9_-]{1,64}$/.test(name))).toBe(true);
        expect(new Set(names).size).toBe(list.length);
        expect(namesByOrigin(reordered)).toEqual(namesByOrigin(list));
      }),
    );
  });
});
