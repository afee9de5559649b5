import type { Command, Engine } from '@turnlog/core';
import { describe, expect, it } from 'vitest';
import { createPerformer } from './perform-attempt.ts';
import { createReconciler } from './reconcile.ts';
import { createWorkerStory, never, sha256, tool } from './testing/worker-story.ts';

/** An engine whose database breaks off once, at the first command of this type: before the commit, or after it. */
const breakingAt = (engine: Engine, type: Command['type'], isCommitted: boolean): Engine => {
  let isBroken = false;
  return {
    ...engine,
    handle: async (command, envelope) => {
      if (isBroken || command.type !== type) return engine.handle(command, envelope);
      isBroken = true;
      if (isCommitted) await engine.handle(command, envelope);
      engine.forget(envelope.conversationId);
      throw new Error('The connection was lost.');
    },
  };
};

const setup = async () => {
  const calls: string[] = [];
  const story = createWorkerStory({
    models: {
      call: async (_, __, onDelta) => {
        onDelta({ content: 'Hel' });
        calls.push('model');
        return { type: 'responded', message: { content: 'Hello.', toolCalls: [] }, finishReason: 'stop' };
      },
    },
    tools: {
      list: async () => ({ type: 'listed', tools: [tool('ring')], warnings: [] }),
      call: async () => ({ type: 'returned', result: { content: [], isError: false } }),
      close: async () => {},
    },
  });
  await story.start();
  const { dependencies, active } = story.worker('w1');
  const workerOn = (engine: Engine) => ({
    perform: createPerformer({ ...dependencies, engine }, active),
    tick: createReconciler({ ...dependencies, engine, sha256 }, active).tick,
  });
  return { story, calls, workerOn };
};

describe('an attempt whose end could not be written', () => {
  it('is told by the reconciler of the same worker, with the outcome that it had', async () => {
    const { story, calls, workerOn } = await setup();
    const { perform, tick } = workerOn(breakingAt(story.engine, 'RecordModelAnswer', false));

    await expect(perform(story.take(), never)).rejects.toThrow('connection');
    expect((await story.types()).at(-1)).toBe('AttemptStarted');
    await tick();

    expect((await story.types()).slice(-2)).toEqual(['ModelResponded', 'TurnCompleted']);
    expect(calls).toEqual(['model']);
  });

  it('is lost and tried again when its start was written and its worker never learned of it', async () => {
    const { story, calls, workerOn } = await setup();
    const { perform, tick } = workerOn(breakingAt(story.engine, 'StartAttempt', true));

    await expect(perform(story.take(), never)).rejects.toThrow('connection');
    await tick();
    await perform(story.take(), never);

    expect((await story.types()).slice(-5)).toEqual([
      'AttemptStarted',
      'AttemptFailed',
      'AttemptStarted',
      'ModelResponded',
      'TurnCompleted',
    ]);
    expect(calls).toEqual(['model']);
  });

  it('is told once when it had been written after all', async () => {
    const { story, workerOn } = await setup();
    const { perform, tick } = workerOn(breakingAt(story.engine, 'RecordModelAnswer', true));

    await expect(perform(story.take(), never)).rejects.toThrow('connection');
    await tick();
    await tick();

    expect((await story.types()).filter((type) => type === 'ModelResponded')).toHaveLength(1);
  });
});
