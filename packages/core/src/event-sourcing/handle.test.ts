import { describe, expect, it } from 'vitest';
import { elapsedMs } from '../conversation/time.ts';
import { UnreadableConversation } from '../errors.ts';
import { aFailure, startAttemptOf } from '../testing/conversation-builder.ts';
import { afterTurns, envelope, setupEngine, startCommand, turnCommand } from '../testing/engine-story.ts';
import { storyId } from '../testing/given.ts';
import type { EventStore } from './event-store.ts';
import { createInMemoryEventStore } from './in-memory-event-store.ts';

describe('handling a command', () => {
  it('appends what was decided and gives back the state the log now has', async () => {
    const { engine, store } = setupEngine();

    const handled = await engine.handle(startCommand, envelope());

    expect(handled.events.map(({ type }) => type)).toEqual(['ConversationStarted', 'TurnStarted', 'StepScheduled']);
    expect(handled.version).toBe(3);
    expect(await store.read(storyId)).toEqual(handled.events);
    expect(await engine.load(storyId)).toEqual(handled.state);
  });

  it('adds jobs and tells listeners only after the commit', async () => {
    const order: string[] = [];
    const memory = createInMemoryEventStore();
    const append: EventStore['append'] = async (one) => {
      const appended = await memory.append(one);
      order.push('committed');
      return appended;
    };
    const { engineOn, announced } = setupEngine({ ...memory, append });

    await engineOn(async ([job]) => void order.push(`job ${job?.step}-${job?.attempt}`)).handle(startCommand, envelope());

    expect(order).toEqual(['committed', 'job 1-1']);
    expect(announced).toEqual([3]);
  });

  it('tells listeners without waiting for the queue', async () => {
    const { engineOn, announced } = setupEngine();
    let queueAnswers = (): void => undefined;
    const queue = new Promise<undefined>((resolve) => {
      queueAnswers = () => resolve(undefined);
    });
    const engine = engineOn(() => queue);

    const handling = engine.handle(startCommand, envelope());
    await afterTurns(20);

    expect(announced).toEqual([3]);
    queueAnswers();
    await handling;
  });

  it('does not fail when the queue is out of reach', async () => {
    const { engineOn, store } = setupEngine();
    const engine = engineOn(() => Promise.reject(new Error('no queue')));

    await engine.handle(startCommand, envelope());

    expect(await store.read(storyId)).toHaveLength(3);
  });

  it('decides and records at one time, so that a wait is as long as it was meant to be', async () => {
    const { engine } = setupEngine();
    await engine.handle(startCommand, envelope());
    await engine.handle(startAttemptOf({ step: 1, attempt: 1 }), envelope());
    const failure = aFailure('rate_limited', { retryAfterMs: 90_000 });

    const { events, state } = await engine.handle(
      { type: 'RecordFailure', step: 1, attempt: 1, claim: 'claim-1-1', failure, sent: true },
      envelope(),
    );

    expect(elapsedMs(events[0]?.recordedAt ?? '', state.turn?.steps[0]?.dueAt ?? '')).toBe(90_000);
  });

  it('writes nothing where there is nothing to do', async () => {
    const { engine, store } = setupEngine();
    await engine.handle(startCommand, envelope());
    await engine.handle(startAttemptOf({ step: 1, attempt: 1 }), envelope());

    const again = await engine.handle(startAttemptOf({ step: 1, attempt: 1 }), envelope());

    expect(again).toMatchObject({ version: 4, events: [] });
    expect(await store.read(storyId)).toHaveLength(4);
  });
});

describe('the same command twice', () => {
  it('gives the version of the first and writes nothing', async () => {
    const { engine, store, jobs } = setupEngine();
    await engine.handle(startCommand, envelope());
    const first = await engine.handle(turnCommand('next'), envelope('same'));

    const second = await engine.handle(turnCommand('next'), envelope('same'));

    expect(second).toMatchObject({ duplicateOf: first.version, events: [] });
    expect(await store.read(storyId)).toHaveLength(first.version);
    expect(jobs).toHaveLength(1);
  });

  it('is found although its second delivery would be refused', async () => {
    const { engine } = setupEngine();
    await engine.handle(startCommand, envelope());
    const first = await engine.handle({ type: 'CancelTurn' }, envelope('cancel'));

    expect(await engine.handle({ type: 'CancelTurn' }, envelope('cancel'))).toMatchObject({ duplicateOf: first.version });
    await expect(engine.handle({ type: 'CancelTurn' }, envelope())).rejects.toMatchObject({ code: 'no_open_turn' });
  });

  it('creates one conversation, also when both come at once', async () => {
    const { engine, store } = setupEngine();

    const both = await Promise.all([
      engine.handle(startCommand, envelope('create')),
      engine.handle(startCommand, envelope('create')),
    ]);

    expect(both.map(({ duplicateOf }) => duplicateOf)).toEqual([undefined, 1]);
    expect(await store.read(storyId)).toHaveLength(3);
  });

  it('creates one conversation, also when both come at once to a slow log', async () => {
    const memory = createInMemoryEventStore();
    const slowly = {
      ...memory,
      append: async (append: Parameters<EventStore['append']>[0]) => afterTurns(20).then(() => memory.append(append)),
    };
    const { engine } = setupEngine(slowly);

    const both = await Promise.all([
      engine.handle(startCommand, envelope('create')),
      engine.handle(startCommand, envelope('create')),
    ]);

    expect(both.map(({ duplicateOf }) => duplicateOf)).toEqual([undefined, 1]);
  });

  it('is refused where its body is another', async () => {
    const { engine } = setupEngine();
    await engine.handle(startCommand, envelope('key', 'one body'));

    await expect(engine.handle(startCommand, envelope('key', 'another body'))).rejects.toMatchObject({ code: 'key_reused' });
  });
});

describe('reading', () => {
  it('replays a prefix', async () => {
    const { engine } = setupEngine();
    await engine.handle(startCommand, envelope());

    expect((await engine.stateAt(storyId, 1)).turn).toBeUndefined();
    expect((await engine.stateAt(storyId, 3)).turn?.steps).toHaveLength(1);
  });

  it('says of a version beyond the last that it does not exist yet', async () => {
    const { engine } = setupEngine();
    await engine.handle(startCommand, envelope());

    await expect(engine.stateAt(storyId, 4)).rejects.toMatchObject({ name: 'NoSuchVersion', version: 4, actual: 3 });
    await expect(engine.stateAt('unknown', 1)).rejects.toMatchObject({ name: 'NoSuchVersion', actual: 0 });
  });

  it('gives the initial state of an unknown conversation', async () => {
    expect((await setupEngine().engine.load('unknown')).phase).toBe('absent');
  });

  it('says of a log with a gap, or an event it does not know, that it is unreadable', async () => {
    const memory = createInMemoryEventStore();
    await setupEngine(memory).engine.handle(startCommand, envelope());
    const events = await memory.read(storyId);
    const gap = setupEngine({ ...memory, read: async () => events.filter(({ version }) => version !== 2) }).engine;
    const unknown = setupEngine({
      ...memory,
      read: async () => events.map((event) => ({ ...event, type: 'Unheard' }) as never),
    }).engine;

    await expect(gap.load(storyId)).rejects.toThrow(UnreadableConversation);
    await expect(unknown.load(storyId)).rejects.toThrow(UnreadableConversation);
  });
});
