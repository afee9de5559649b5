import { describe, expect, it } from 'vitest';
import { phaseOf } from '../conversation/state.ts';
import { verifyConversation } from '../replay/verify-conversation.ts';
import { envelope, setupEngine, startCommand } from '../testing/engine-story.ts';
import { storyId } from '../testing/given.ts';
import { eraseConversation, type ForksOfErased } from './erase-conversation.ts';
import { createInMemoryEventStore } from './in-memory-event-store.ts';

const [child, grandchild] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'];

const setup = async () => {
  const store = createInMemoryEventStore();
  const { engine } = setupEngine(store);
  const fork = (id: string, conversationId: string, version: number) =>
    engine.handle({ type: 'ForkConversation', parent: { conversationId, version } }, { ...envelope(), conversationId: id });
  await engine.handle(startCommand, envelope());
  await fork(child, storyId, 3);
  await fork(grandchild, child, 4);
  const envelopeOf = (conversationId: string) => ({ ...envelope(), conversationId });
  const erase = (id: string, forks: ForksOfErased) => eraseConversation({ engine, erasure: store }, id, { forks, envelopeOf });
  const phases = () =>
    Promise.all([storyId, child, grandchild].map(async (id) => phaseOf(await engine.load(id, { fresh: true }))));
  return { store, engine, erase, phases };
};

describe('erasing a conversation that forks read', () => {
  it('is refused, and names them', async () => {
    const { erase, phases } = await setup();
    expect(await erase(storyId, 'refuse')).toEqual({ type: 'shared', forks: [child, grandchild] });
    expect(await phases()).toEqual(['running', 'idle', 'idle']);
    expect((await erase(grandchild, 'refuse')).type).toBe('erased');
    expect((await erase(child, 'refuse')).type).toBe('erased');
    expect((await erase(storyId, 'refuse')).type).toBe('erased');
  });

  it('gives them the prefix first, and they go on as they were', async () => {
    const { erase, phases, engine } = await setup();
    const before = await engine.load(grandchild);
    expect(await erase(storyId, 'detach')).toEqual({
      type: 'erased',
      version: 4,
      erased: [storyId],
      detached: [child, grandchild],
    });
    expect(await phases()).toEqual(['closed', 'idle', 'idle']);
    engine.forget(grandchild);
    expect(await engine.load(grandchild)).toEqual(before);
  });

  it('erases them too, and finishes what was left half done', async () => {
    const { erase, phases, store, engine } = await setup();
    await engine.handle({ type: 'EraseConversation' }, { ...envelope(), conversationId: child });
    expect(await erase(storyId, 'erase')).toMatchObject({ erased: [storyId, child, grandchild], detached: [] });
    expect(await phases()).toEqual(['closed', 'closed', 'closed']);
    for (const id of [storyId, child, grandchild]) {
      const events = await store.read(id);
      expect(JSON.stringify(events)).not.toContain('"hi"');
      expect(verifyConversation(id, events, { sha256: (text) => text })).toMatchObject({ verdict: 'erased' });
      for (let at = 1; at <= events.length; at += 1) expect(phaseOf(await engine.stateAt(id, at))).toBe('closed');
    }
    expect((await erase(storyId, 'erase')).type).toBe('erased');
  });

  it('erases forks that came while it was asked for, whoever has begun with them', async () => {
    for (const isBegun of [false, true]) {
      const { store, engine, erase, phases } = await setup();
      const { readersOf } = store;
      let looks = 0;
      // The first look was before the forks; another delivery of the same request has seen them, and stopped half way.
      store.readersOf = async (id) => (++looks === 1 ? [] : readersOf(id));
      const tombstone = (id: string) => engine.handle({ type: 'EraseConversation' }, { ...envelope(), conversationId: id });
      if (isBegun) for (const id of [storyId, child, grandchild]) await tombstone(id);
      expect(await erase(storyId, 'erase')).toMatchObject({ erased: [storyId, child, grandchild], detached: [] });
      expect(await phases()).toEqual(['closed', 'closed', 'closed']);
      const events = await Promise.all([storyId, child, grandchild].map((id) => store.read(id)));
      expect(JSON.stringify(events)).not.toContain('"hi"');
    }
  });

  it('finishes what has a tombstone although a fork came before that and it was to be refused for one', async () => {
    const { store, engine, erase, phases } = await setup();
    await engine.handle({ type: 'EraseConversation' }, envelope());
    expect(await erase(storyId, 'refuse')).toMatchObject({ erased: [storyId], detached: [child, grandchild] });
    expect(await phases()).toEqual(['closed', 'idle', 'idle']);
    expect(JSON.stringify(await store.read(storyId))).not.toContain('"hi"');
  });

  it('is the same state, remembered or read again', async () => {
    const { erase, engine } = await setup();
    const { state } = await engine.handle({ type: 'EraseConversation' }, { ...envelope(), conversationId: grandchild });
    await erase(grandchild, 'refuse');
    expect(await engine.load(grandchild)).toEqual(state);
  });
});
