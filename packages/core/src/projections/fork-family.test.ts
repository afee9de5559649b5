import { describe, expect, it } from 'vitest';
import { createInMemoryConversationList } from '../event-sourcing/in-memory-conversation-list.ts';
import { createInMemoryEventStore } from '../event-sourcing/in-memory-event-store.ts';
import { envelope, setupEngine, startCommand } from '../testing/engine-story.ts';
import { storyId } from '../testing/given.ts';
import { findForkFamily } from './fork-family.ts';

const idOf = (number: number): string => `00000000-0000-4000-9000-${String(number).padStart(12, '0')}`;

const setup = () => {
  const store = createInMemoryEventStore();
  const { engine } = setupEngine(store);
  const fork = (id: string, conversationId: string, version: number) =>
    engine.handle({ type: 'ForkConversation', parent: { conversationId, version } }, { ...envelope(), conversationId: id });
  return { engine, fork, list: createInMemoryConversationList(store) };
};

describe('the fork family', () => {
  it('is the same whoever of it is asked, parents first', async () => {
    const { engine, fork, list } = setup();
    await engine.handle(startCommand, envelope());
    await fork(idOf(1), storyId, 2);
    await fork(idOf(2), storyId, 3);
    await fork(idOf(3), idOf(1), 3);
    const family = await findForkFamily(list, storyId);
    expect(family?.members.map(({ id, parent, at, children }) => [id, parent, at, children])).toEqual([
      [storyId, undefined, undefined, [idOf(1), idOf(2)]],
      [idOf(1), storyId, 2, [idOf(3)]],
      [idOf(2), storyId, 3, []],
      [idOf(3), idOf(1), 3, []],
    ]);
    expect(family?.members[3]).toMatchObject({ title: 'hi', phase: 'idle', version: 4 });
    for (const id of [idOf(1), idOf(2), idOf(3)]) expect(await findForkFamily(list, id)).toEqual(family);
  });

  it('of 500 forks holds all of them, an erased one too', async () => {
    const { engine, fork, list } = setup();
    await engine.handle(startCommand, envelope());
    for (let number = 1; number <= 500; number += 1) await fork(idOf(number), storyId, 2);
    await engine.handle({ type: 'EraseConversation' }, { ...envelope(), conversationId: idOf(7) });
    const family = await findForkFamily(list, idOf(7));
    expect([family?.members.length, family?.isCut]).toEqual([501, false]);
    expect(family?.members.find(({ id }) => id === idOf(7))).toMatchObject({ phase: 'closed', title: '', parent: storyId });
  });

  it('of nobody is none', async () => {
    expect(await findForkFamily(setup().list, storyId)).toBeUndefined();
  });
});
