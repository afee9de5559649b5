import { describe, expect, it } from 'vitest';
import { envelope, setupEngine, startCommand } from '../testing/engine-story.ts';
import { storyId } from '../testing/given.ts';
import { finishErasures } from './finish-erasures.ts';
import { createInMemoryEventStore } from './in-memory-event-store.ts';

const child = '00000000-0000-4000-8000-00000000000a';

const later = '9999-01-01T00:00:00.000Z';
const muchLater = '9999-12-31T00:00:00.000Z';

/** A conversation and its fork; a tombstone is all that whoever erases one of them lives to append. */
const setup = async () => {
  const store = createInMemoryEventStore();
  const { engine } = setupEngine(store);
  await engine.handle(startCommand, envelope());
  const parent = { conversationId: storyId, version: 3 };
  await engine.handle({ type: 'ForkConversation', parent }, { ...envelope(), conversationId: child });
  const appendTombstone = (id: string, forks?: 'erase') =>
    engine.handle({ type: 'EraseConversation', ...(forks && { forks }) }, { ...envelope(), conversationId: id });
  const finish = async (at: string) => {
    const finished = await finishErasures({ engine, erasure: store }, { toldBefore: at, now: at, limit: 9 });
    return finished.map(({ id, ...outcome }) => ('error' in outcome ? outcome.error : id));
  };
  const told = async (id: string) => (await engine.load(id, { fresh: true })).updatedAt;
  const text = async (id: string) => JSON.stringify(await store.read(id));
  return { store, finish, appendTombstone, told, text };
};

describe('erasures that were cut short', () => {
  it('are finished, once they are old', async () => {
    const { finish, appendTombstone, told, text } = await setup();
    await appendTombstone(child);
    const at = await told(child);
    expect(await finish(at)).toEqual([]);
    expect(await finish(later)).toEqual([child]);
    expect(await text(child)).not.toContain('"hi"');
    expect(await text(storyId)).toContain('"hi"');
    expect(await finish(muchLater)).toEqual([]);
  });

  it('leave living forks what they share', async () => {
    const { finish, appendTombstone, text } = await setup();
    await appendTombstone(storyId);
    expect(await finish(later)).toEqual([storyId]);
    expect(await text(storyId)).not.toContain('"hi"');
    expect(await text(child)).toContain('"hi"');
    expect(await finish(muchLater)).toEqual([]);
  });

  it('take living forks with them, where that was asked for', async () => {
    const { finish, appendTombstone, text } = await setup();
    await appendTombstone(storyId, 'erase');
    expect(await finish(later)).toEqual([storyId]);
    for (const id of [storyId, child]) expect(await text(id)).not.toContain('"hi"');
    expect(await finish(muchLater)).toEqual([]);
  });

  it('do not keep others from being finished', async () => {
    const { finish, appendTombstone, store } = await setup();
    await appendTombstone(storyId);
    await appendTombstone(child);
    const { erase } = store;
    const refused = new Error('no right to');
    store.erase = (id) => (id === storyId ? Promise.reject(refused) : erase(id));
    expect(await finish(later)).toEqual([refused, child]);
    expect(await finish(later)).toEqual([]);
    expect(await finish(muchLater)).toEqual([refused]);
  });
});
