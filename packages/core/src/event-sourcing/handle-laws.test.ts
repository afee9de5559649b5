// What holds of handle for every history: see `conversation/laws.test.ts`.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../conversation/commands.ts';
import { decide } from '../conversation/decide.ts';
import { toStoredForm } from '../conversation/events.ts';
import { fold } from '../conversation/evolve.ts';
import { openWork } from '../conversation/open-work.ts';
import { initialState } from '../conversation/state.ts';
import { generateHistory, type Moment, type Move } from '../testing/generate-history.ts';
import { environmentAt, shortHash, storyBegins, storyId } from '../testing/given.ts';
import { createEngine } from './handle.ts';
import { createInMemoryEventStore } from './in-memory-event-store.ts';
import type { Recorded } from './recorded-event.ts';

declare const process: { readonly env: Record<string, string | undefined> };
const numRuns = Math.ceil(Number(process.env.TURNLOG_PROPERTY_RUNS ?? 1_000) / 8);

const move: fc.Arbitrary<Move> = fc.record({ kind: fc.nat(15), a: fc.nat(99), b: fc.nat(99), ms: fc.nat(3_000) });
const histories = fc.array(move, { minLength: 1, maxLength: 30, size: 'max' }).map(generateHistory);

const setup = () => {
  const clock = { now: storyBegins };
  const store = createInMemoryEventStore();
  const engineOn = () =>
    createEngine({ store, now: () => clock.now, sha256: shortHash, dispatch: async () => undefined, announce: () => undefined });
  return { clock, store, engineOn };
};

describe('every command that goes through handle', { timeout: 120_000 }, () => {
  it('writes nothing when it is delivered again, here or in another process', async () => {
    const law = async (moments: readonly Moment[]) => {
      const { clock, store, engineOn } = setup();
      const [here, elsewhere] = [engineOn(), engineOn()];
      for (const { command, commandId, now, events, rejected } of moments) {
        clock.now = now;
        const envelope = { conversationId: storyId, commandId };
        if (rejected !== undefined) {
          await expect(here.handle(command, envelope)).rejects.toMatchObject({ code: rejected.code });
          continue;
        }
        expect((await here.handle(command, envelope)).events).toHaveLength(events.length);
        if (events.length === 0) continue;
        for (const engine of [here, elsewhere]) {
          const again = await engine.handle(command, envelope);
          expect(again.events).toEqual([]);
          expect([undefined, events[0]?.version]).toContain(again.duplicateOf);
        }
      }
      expect(await store.read(storyId)).toHaveLength(moments.at(-1)?.after.version ?? 0);
    };

    await fc.assert(fc.asyncProperty(histories, law), { numRuns });
  });

  it('leaves the state, the open work and the summary that its events give', async () => {
    const law = async (moments: readonly Moment[]) => {
      const { clock, store, engineOn } = setup();
      const engine = engineOn();
      for (const { command, commandId, now } of moments) {
        clock.now = now;
        await engine.handle(command, { conversationId: storyId, commandId }).catch(() => undefined);
      }
      const rebuilt = await engineOn().load(storyId, { fresh: true });
      const [head] = store.heads();
      expect(await engine.load(storyId)).toEqual(rebuilt);
      expect([...(head?.work.values() ?? [])].sort((a, b) => a.step - b.step)).toEqual(openWork(rebuilt));
      expect(head?.summary).toMatchObject({ version: rebuilt.version, turns: rebuilt.turns, steps: rebuilt.steps });
    };

    await fc.assert(fc.asyncProperty(histories, law), { numRuns });
  });

  it('is decided on exactly the events that it follows, however many processes write at once', async () => {
    const law = async (moments: readonly Moment[]) => {
      const { clock, store, engineOn } = setup();
      const engines = [engineOn(), engineOn()];
      const commands = new Map(moments.map(({ command, commandId }) => [commandId, command]));
      for (let from = 0; from < moments.length; from += 4) {
        const together = moments.slice(from, from + 4);
        clock.now = together.at(-1)?.now ?? clock.now;
        const writes = together.map(({ command, commandId }, index) =>
          engines[(from + index * index) % 2]?.handle(command, { conversationId: storyId, commandId }),
        );
        await Promise.allSettled(writes);
      }
      let state = initialState;
      for (const append of appendsOf(await store.read(storyId))) {
        const [{ commandId = '', recordedAt }] = append;
        const decided = decide(commands.get(commandId) as Command, state, environmentAt(recordedAt));
        expect(append.map(({ type, data }) => ({ type, data }))).toEqual(decided.map(toStoredForm));
        state = fold(append, state);
      }
      expect([...(store.heads()[0]?.work.values() ?? [])].sort((a, b) => a.step - b.step)).toEqual(openWork(state));
    };

    await fc.assert(fc.asyncProperty(histories, law), { numRuns });
  });
});

type Appended = [Recorded, ...Recorded[]];

/** The events of a log as they were written: a command id stands on the first of each append. */
const appendsOf = (events: readonly Recorded[]): readonly Appended[] => {
  const appends: Appended[] = [];
  for (const event of events)
    if (event.commandId === undefined) appends.at(-1)?.push(event);
    else appends.push([event]);
  return appends;
};
