import { describe, expect, it } from 'vitest';
import type { Command } from '../conversation/commands.ts';
import { phaseOf } from '../conversation/state.ts';
import { envelope, resultCommand, setupEngine, startCommand, twoCallsUnderWay } from '../testing/engine-story.ts';
import { storyId } from '../testing/given.ts';
import type { Envelope } from './handle.ts';
import { createInMemoryEventStore } from './in-memory-event-store.ts';
import { createInMemoryWorkLedger } from './in-memory-work-ledger.ts';

const childId = '00000000-0000-4000-8000-00000000000f';
const child = (commandId = 'fork', fingerprint?: string): Envelope => ({
  ...envelope(commandId, fingerprint),
  conversationId: childId,
});
const forkAt = (version: number, input?: string): Command => ({
  type: 'ForkConversation',
  parent: { conversationId: storyId, version },
  ...(input !== undefined && { input }),
});

describe('forking through the engine', () => {
  it('writes one append to the fork and none to the parent, and puts its work on the queue', async () => {
    const { engine, store, jobs } = setupEngine();
    await twoCallsUnderWay(engine);
    const { version } = await engine.load(storyId);
    jobs.length = 0;
    const forked = await engine.handle(forkAt(version, 'again'), child());
    expect(forked.events.map(({ type }) => type)).toEqual(['ConversationForked', 'TurnStarted', 'StepScheduled']);
    expect(jobs).toEqual([{ conversationId: childId, step: 4, attempt: 1 }]);
    expect((await store.read(storyId)).length).toBe(version);
    expect((await store.read(childId)).map((event) => event.version)).toEqual(
      Array.from({ length: version + 3 }, (_, i) => i + 1),
    );
  });

  it('has open work of its own alone', async () => {
    const store = createInMemoryEventStore();
    const { engine } = setupEngine(store);
    await twoCallsUnderWay(engine);
    const { version } = await engine.load(storyId);
    await engine.handle(forkAt(version, 'again'), child());
    const ledger = createInMemoryWorkLedger(store, () => '2027-01-01T00:00:00.000Z');
    expect((await ledger.orphaned(10)).map(({ conversationId }) => conversationId)).toEqual([storyId, storyId]);
    expect(await ledger.due(10)).toEqual([{ conversationId: childId, step: 4, attempt: 1 }]);
  });

  it('never hears of what the parent does later', async () => {
    const { engine, engineOn } = setupEngine();
    await twoCallsUnderWay(engine);
    const { version } = await engine.load(storyId);
    await engine.handle(forkAt(version), child());
    await engine.handle(resultCommand(2), envelope());
    for (const process of [engine, engineOn()]) {
      const state = await process.load(childId, { fresh: true });
      expect([state.version, phaseOf(state)]).toEqual([version + 1, 'idle']);
    }
  });

  it('does so once, whoever repeats it and however often', async () => {
    const { engine, engineOn, store } = setupEngine();
    await engine.handle(startCommand, envelope());
    const engines = [engine, engine, engineOn(), engineOn()];
    const results = await Promise.all(engines.map((one) => one.handle(forkAt(2, 'x'), child('fork', 'f'))));
    expect(results.filter(({ duplicateOf }) => duplicateOf === undefined)).toHaveLength(1);
    expect((await store.read(childId)).length).toBe(5);
    await expect(engine.handle(forkAt(1), child('fork', 'other'))).rejects.toMatchObject({ code: 'key_reused' });
    await expect(engine.handle(forkAt(2), child('another'))).rejects.toMatchObject({ code: 'already_exists' });
  });

  it('of an erased conversation is refused, also by a process that has not heard of it', async () => {
    const { engine, engineOn, store } = setupEngine();
    await engine.handle(startCommand, envelope());
    await engine.load(storyId);
    await engine.handle(forkAt(3), child());
    await engineOn().handle({ type: 'EraseConversation' }, envelope());
    const late = { ...child('late'), conversationId: '00000000-0000-4000-8000-0000000000aa' };
    await expect(engine.handle(forkAt(3), late)).rejects.toMatchObject({ code: 'closed' });
    expect((await engine.handle(forkAt(3), child())).duplicateOf).toBe(4);
    expect(await store.read(late.conversationId)).toEqual([]);
  });

  it('of a version beyond the end, or of nothing, is refused', async () => {
    const { engine } = setupEngine();
    await expect(engine.handle(forkAt(1), child())).rejects.toMatchObject({ code: 'not_found' });
    await engine.handle(startCommand, envelope());
    await expect(engine.handle(forkAt(9), child())).rejects.toMatchObject({ name: 'NoSuchVersion', version: 9 });
  });
});

describe('erasing through the engine', () => {
  it('leaves a tombstone, ends all work, and happens once', async () => {
    const { engine } = setupEngine();
    await twoCallsUnderWay(engine);
    const { state, version } = await engine.handle({ type: 'EraseConversation' }, envelope());
    expect([phaseOf(state), state.transcript, state.title]).toEqual(['closed', undefined, '']);
    expect((await engine.handle({ type: 'EraseConversation' }, envelope())).version).toBe(version);
    await expect(engine.handle(resultCommand(2), envelope())).rejects.toMatchObject({ code: 'closed' });
  });
});
