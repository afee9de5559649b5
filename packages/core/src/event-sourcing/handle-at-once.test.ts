import { describe, expect, it } from 'vitest';
import { phaseOf } from '../conversation/state.ts';
import {
  afterTurns,
  envelope,
  resultCommand,
  setupEngine,
  startCommand,
  turnCommand,
  twoCallsUnderWay,
} from '../testing/engine-story.ts';
import { storyId } from '../testing/given.ts';
import type { EventStore } from './event-store.ts';
import { createInMemoryEventStore } from './in-memory-event-store.ts';

describe('two processes', () => {
  it('decides again on what the other one wrote', async () => {
    const { engine, engineOn } = setupEngine();
    const other = engineOn();
    await engine.handle(startCommand, envelope());
    await other.handle(turnCommand('theirs'), envelope());

    const mine = await engine.handle(turnCommand('mine'), envelope());

    expect(mine.version).toBe(5);
    expect(mine.state.queued).toEqual(['theirs', 'mine']);
  });

  it('asks the log again before it refuses a command on a remembered state', async () => {
    const { engine, engineOn } = setupEngine();
    const other = engineOn();
    await engine.handle(startCommand, envelope());
    await other.handle({ type: 'CancelTurn' }, envelope());

    const handled = await engine.handle({ type: 'StartTurn', input: 'next' }, envelope());

    expect(handled.events.map(({ type }) => type)).toEqual(['TurnStarted', 'StepScheduled']);
  });

  it('refuses to create what the other one created', async () => {
    const { engine, engineOn } = setupEngine();
    await engineOn().handle(startCommand, envelope());

    await expect(engine.handle(startCommand, envelope())).rejects.toMatchObject({ code: 'already_exists' });
  });

  it('gives up when others always come first', async () => {
    const memory = createInMemoryEventStore();
    const { engine } = setupEngine({ ...memory, append: async () => ({ type: 'conflict', actual: 9 }) });
    await setupEngine(memory).engine.handle(startCommand, envelope());

    await expect(engine.handle(turnCommand('never'), envelope())).rejects.toMatchObject({
      name: 'ConcurrencyError',
      expected: 3,
      actual: 9,
    });
  });
});

describe('two commands at once in one process', () => {
  it('decides the second on what the first is about to write', async () => {
    const { engine, store } = setupEngine();
    await twoCallsUnderWay(engine);

    const [first, second] = await Promise.all([
      engine.handle(resultCommand(2), envelope()),
      engine.handle(resultCommand(3), envelope()),
    ]);

    expect(first.events.map(({ type }) => type)).toEqual(['ToolReturned']);
    expect(second.events.map(({ type }) => type)).toEqual(['ToolReturned', 'StepScheduled']);
    expect((await store.read(storyId)).at(-1)?.version).toBe(second.version);
  });

  it('never appends what was decided on a state that did not come to be', async () => {
    const { engine, engineOn, store } = setupEngine();
    await twoCallsUnderWay(engine);
    await engineOn().handle({ type: 'CancelTurn' }, envelope());

    await Promise.all([engine.handle(resultCommand(2), envelope()), engine.handle(resultCommand(3), envelope())]);

    const types = (await store.read(storyId)).map(({ type }) => type);
    expect(types.slice(-3)).toEqual(['TurnCancelled', 'OutcomeSuperseded', 'OutcomeSuperseded']);
    expect(phaseOf(await engine.load(storyId, { fresh: true }))).toBe('idle');
  });

  it.each(Array.from({ length: 24 }, (_, turns) => turns))(
    'nor when the second comes %i turns after the first',
    async (turns) => {
      const { engine, engineOn, store } = setupEngine();
      await twoCallsUnderWay(engine);
      await engineOn().handle({ type: 'CancelTurn' }, envelope());

      const later = afterTurns(turns).then(() => engine.handle(resultCommand(3), envelope()));
      await Promise.all([engine.handle(resultCommand(2), envelope()), later]);

      const types = (await store.read(storyId)).map(({ type }) => type);
      expect(types.slice(-3)).toEqual(['TurnCancelled', 'OutcomeSuperseded', 'OutcomeSuperseded']);
    },
  );

  it('decides the second again when the first could not be stored', async () => {
    const memory = createInMemoryEventStore();
    let fails = false;
    const append: EventStore['append'] = (one) => {
      if (!fails) return memory.append(one);
      fails = false;
      return Promise.reject(new Error('connection lost'));
    };
    const { engine } = setupEngine({ ...memory, append });
    await twoCallsUnderWay(engine);
    fails = true;

    const [first, second] = await Promise.allSettled([
      engine.handle(resultCommand(2), envelope()),
      engine.handle(resultCommand(3), envelope()),
    ]);

    expect(first.status).toBe('rejected');
    expect(second).toMatchObject({ status: 'fulfilled', value: { events: [{ type: 'ToolReturned', data: { step: 3 } }] } });
  });
});
