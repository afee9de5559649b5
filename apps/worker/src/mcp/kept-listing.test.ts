import { describe, expect, it } from 'vitest';
import { keepListing, type ToolPages } from './kept-listing.ts';

const setup = (...listings: readonly ToolPages[]) => {
  let now = 0;
  let fetched = 0;
  const kept = keepListing(
    async () => listings[Math.min(fetched++, listings.length - 1)] ?? { tools: [] },
    () => now,
  );
  const pass = (ms: number) => {
    now += ms;
  };
  return { kept, pass, fetched: () => fetched };
};

describe('a listing', () => {
  it('is kept until its server says that it changed', async () => {
    const { kept, pass, fetched } = setup({ tools: ['a'] }, { tools: ['b'] });

    await Promise.all([kept.list(), kept.list()]);
    pass(1_000_000_000);
    const before = await kept.list();
    kept.forget();

    expect([before, await kept.list(), fetched()]).toEqual([{ tools: ['a'] }, { tools: ['b'] }, 2]);
  });

  it('is kept no longer than its server wants', async () => {
    const { kept, pass, fetched } = setup({ tools: ['a'], ttlMs: 1_000 }, { tools: ['b'], ttlMs: 1_000 });

    await kept.list();
    pass(999);
    await kept.list();
    const within = fetched();
    pass(1);

    expect([within, await kept.list()]).toEqual([1, { tools: ['b'], ttlMs: 1_000 }]);
  });

  it('that holds for no time is asked for each time, but not for each call', async () => {
    const { kept, fetched } = setup({ tools: ['a'], ttlMs: 0 });

    await kept.list();
    await kept.latest();
    await kept.latest();
    const afterCalls = fetched();
    await kept.list();

    expect([afterCalls, fetched()]).toEqual([1, 2]);
  });

  it('that failed is not kept', async () => {
    const { kept, fetched } = setup({ failure: { kind: 'unavailable', message: 'Out for a moment.' } }, { tools: ['a'] });

    await kept.list();

    expect([await kept.list(), fetched()]).toEqual([{ tools: ['a'] }, 2]);
  });

  it('that changed while it was under way is asked for again', async () => {
    const { kept, fetched } = setup({ tools: ['a'] }, { tools: ['b'] });

    const first = kept.list();
    kept.forget();
    await first;

    expect([await kept.list(), fetched()]).toEqual([{ tools: ['b'] }, 2]);
  });
});
