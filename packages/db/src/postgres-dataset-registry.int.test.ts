import { randomUUID } from 'node:crypto';
import { datasetRegistryContract } from '@turnlog/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropTemplate } from './testing/index.ts';
import { openTestStore, type TestStore } from './testing/open-test-store.ts';
import { anAppend } from './testing/store-contract.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => {
  await test.dispose();
  await dropTemplate();
});

describe('Postgres dataset registry: the contract', () => {
  it.each(datasetRegistryContract)('$name', ({ run }) =>
    run({ store: { ...test.store, ...test.erasure }, datasets: test.datasets }, randomUUID),
  );
});

describe('Postgres dataset registry', () => {
  it('still names the datasets of a fork that was erased before its parent', async () => {
    const [parent, fork] = [randomUUID(), randomUUID()];
    await test.store.append(anAppend(parent, 0, ['a']));
    await test.store.append(anAppend(fork, 1, ['b'], { fork: { parent, at: 1 } }));
    await test.datasets.register({ dataset: `/d/${parent}`, conversations: [fork] });
    const closing = anAppend(fork, 2, ['x'], { events: [{ type: 'ConversationErased', data: {} }] });
    await test.store.append({ ...closing, summary: { ...closing.summary, version: 3, phase: 'closed' } });
    await test.erasure.erase(fork);

    expect(await test.datasets.holding([parent])).toEqual([`/d/${parent}`]);
  });

  it('takes as many conversations as there are, and words that are no ids', async () => {
    const dataset = `/d/${randomUUID()}`;
    const many = Array.from({ length: 20_000 }, () => randomUUID());

    await test.datasets.register({ dataset, conversations: many });

    expect(await test.datasets.holding(['no-id', many[19_999] ?? ''])).toEqual([dataset]);
  });
});
