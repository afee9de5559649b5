import type { Command } from '@turnlog/core';
import { expect, it, vi } from 'vitest';
import { createWorkerStory } from './testing/worker-story.ts';

it('a worker finishes an erasure that was cut short, and looks for such once a minute', async () => {
  const story = createWorkerStory({ models: { call: vi.fn() }, tools: { list: vi.fn(), call: vi.fn(), close: vi.fn() } });
  await story.start([]);
  const erase: Command = { type: 'EraseConversation' };
  await story.engine.handle(erase, { conversationId: story.conversationId, commandId: 'erase' });
  const worker = story.worker('w');
  const unfinished = vi.spyOn(worker.dependencies.erasure, 'takeUnfinished');

  await worker.tick();
  story.pass(59_999);
  await worker.tick();
  expect(unfinished).toHaveBeenCalledTimes(1);
  expect(await story.types()).toContain('ConversationStarted');

  story.pass(2);
  await worker.tick();
  expect(unfinished).toHaveBeenCalledTimes(2);
  await vi.waitFor(async () => expect(new Set(await story.types())).toEqual(new Set(['ConversationErased'])));
});

it('a worker that cannot finish an erasure, or not soon, goes on with everything else', async () => {
  const story = createWorkerStory({ models: { call: vi.fn() }, tools: { list: vi.fn(), call: vi.fn(), close: vi.fn() } });
  const worker = story.worker('w');
  const unfinished = vi.spyOn(worker.dependencies.erasure, 'takeUnfinished');
  unfinished.mockRejectedValueOnce(new Error('no right to')).mockReturnValue(new Promise(() => {}));
  await worker.tick();
  await story.start([]);
  story.queue.clear();
  story.pass(60_000);
  await worker.tick();
  expect(unfinished).toHaveBeenCalledTimes(2);
  expect(story.queue.size).toBe(1);
});
