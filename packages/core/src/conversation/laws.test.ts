// What holds for every history, on histories nobody wrote. TURNLOG_PROPERTY_RUNS sets how many are tried.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { waitingFor } from '../projections/conversation-view.ts';
import { eventsOf, generateHistory, type Moment, type Move } from '../testing/generate-history.ts';
import { environmentAt } from '../testing/given.ts';
import type { ChatMessage } from './chat-message.ts';
import { decide } from './decide.ts';
import { eventTypes, toStoredForm } from './events.ts';
import { evolve, fold } from './evolve.ts';
import { renderHistory, toModelRequest } from './model-request.ts';
import { type OpenWork, openWork, workChange } from './open-work.ts';
import { type ConversationState, initialState, phaseOf } from './state.ts';
import { entriesOf } from './transcript.ts';
import { historyFault } from './valid-history.ts';

declare const process: { readonly env: Record<string, string | undefined> };
const numRuns = Number(process.env.TURNLOG_PROPERTY_RUNS ?? 1_000);

const move: fc.Arbitrary<Move> = fc.record({ kind: fc.nat(15), a: fc.nat(99), b: fc.nat(99), ms: fc.nat(3_000) });

const histories = fc.array(move, { minLength: 1, maxLength: 36, size: 'max' });

const always = (law: (moments: readonly Moment[]) => void): void =>
  fc.assert(
    fc.property(histories, (moves) => law(generateHistory(moves))),
    { numRuns },
  );

/** The state at every version, the first one before any event. */
const prefixesOf = (events: readonly Recorded[]): readonly ConversationState[] => {
  const states = [initialState];
  for (const event of events) states.push(evolve(states[states.length - 1] as ConversationState, event));
  return states;
};

describe('every generated history', { timeout: 120_000 }, () => {
  it('has versions without gaps, and times that never run backwards', () => {
    always((moments) => {
      const events = eventsOf(moments);

      expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
      expect(events.every(({ recordedAt }, index) => recordedAt >= (events[index - 1]?.recordedAt ?? ''))).toBe(true);
    });
  });

  it('renders a history that is valid for a provider at every version', () => {
    always((moments) => {
      for (const state of prefixesOf(eventsOf(moments))) {
        const fault = historyFault(renderHistory(state).messages);
        if (fault !== undefined) expect.fail(`version ${state.version}: ${fault}`);
      }
    });
  });

  it('renders a valid request whenever a model step is due or started, and none otherwise', () => {
    always((moments) => {
      for (const state of prefixesOf(eventsOf(moments))) {
        const isAsking = (state.turn?.steps ?? []).some(({ call, phase }) => call === undefined && phase !== 'settled');
        const body = toModelRequest(state);
        if ((body !== undefined) !== isAsking) expect.fail(`version ${state.version}: ${body}`);
        if (body === undefined) continue;
        const { messages } = JSON.parse(body) as { readonly messages: readonly ChatMessage[] };
        const fault = historyFault(messages);
        if (fault !== undefined) expect.fail(`version ${state.version}: ${fault}`);
        expect(['user', 'tool']).toContain(messages.at(-1)?.role);
      }
    });
  });

  it('answers each call of its transcript exactly once, but those of the open round', () => {
    always((moments) => {
      for (const { after } of moments) {
        const entries = entriesOf(after.transcript);
        const asked = entries.flatMap((entry) => (entry.kind === 'assistant' ? entry.message.toolCalls.map(({ id }) => id) : []));
        const answered = entries.flatMap((entry) => (entry.kind === 'tool' ? [entry.callId] : []));
        const open = [
          ...(after.turn?.steps ?? []).flatMap(({ call }) => call?.callId ?? []),
          ...(after.turn?.proposed ?? []).map(({ id }) => id),
        ];
        expect([...answered, ...open]).toEqual(asked);
      }
    });
  });

  it('has the same open work, kept row by row or rebuilt from its events', () => {
    always((moments) => {
      const rows = new Map<number, OpenWork>();
      for (const { before, after, events } of moments) {
        const { put, drop } = workChange(before, after);
        for (const work of put) rows.set(work.step, work);
        for (const step of drop) rows.delete(step);
        const rebuilt = events.length === 0 ? openWork(after) : openWork(fold(eventsOf(moments).slice(0, after.version)));
        expect([...rows.values()].sort((a, b) => a.step - b.step)).toEqual(rebuilt);
      }
    });
  });

  it('opens at most one model step at a time, and starts no attempt while it is paused', () => {
    always((moments) => {
      for (const state of prefixesOf(eventsOf(moments))) {
        const steps = state.turn?.steps ?? [];
        const models = steps.filter(({ call, phase }) => call === undefined && phase !== 'settled');
        expect(models.length === 0 || steps.length === 1).toBe(true);
        if (state.turn?.paused !== undefined) expect(openWork(state).filter(({ claim }) => claim === undefined)).toEqual([]);
      }
    });
  });

  it('is never stuck: while it runs there is work, while it waits somebody is asked', () => {
    always((moments) => {
      for (const { after } of moments) {
        const phase = phaseOf(after);
        if (phase === 'running' && openWork(after).length === 0) expect.fail(`stuck at version ${after.version}`);
        if (phase === 'idle' && after.queued.length > 0) expect.fail(`a queued turn does not start at version ${after.version}`);
        if (phase === 'idle') expect(openWork(after)).toEqual([]);
        // A worker may hold a call open in which its server asks.
        if (phase === 'waiting') expect(openWork(after).filter(({ claim }) => claim === undefined)).toEqual([]);
        if (phase === 'waiting' && waitingFor(after).length === 0) expect.fail(`nobody is asked at version ${after.version}`);
      }
    });
  });

  it('folds to the same state from its stored text', () => {
    always((moments) => {
      const stored = JSON.parse(JSON.stringify(eventsOf(moments))) as readonly Recorded[];

      expect(fold(stored)).toEqual(moments.at(-1)?.after);
    });
  });

  it('is made of events in their stored form', () => {
    always((moments) => {
      for (const { type, data } of eventsOf(moments)) expect(toStoredForm({ type, data } as Recorded)).toEqual({ type, data });
    });
  });

  it('writes nothing once it is erased', () => {
    always((moments) => {
      const last = moments.at(-1) as Moment;
      const erased = evolve(last.after, {
        type: 'ConversationErased',
        data: {},
        version: last.after.version + 1,
        recordedAt: last.now,
        schemaVersion: 1,
      });

      expect(openWork(erased)).toEqual([]);
      for (const { command, now } of moments)
        expect(() => decide(command, erased, environmentAt(now))).toThrow(/erased|exists already/);
    });
  });
});

describe('the generator', () => {
  it('reaches every event that a command makes, every phase and every way a turn ends', () => {
    const seen = new Set<string>();

    for (const moves of fc.sample(histories, { numRuns: 1_000, seed: 1 })) {
      for (const { after, events, rejected } of generateHistory(moves)) {
        for (const { type } of events) seen.add(type);
        seen
          .add(phaseOf(after))
          .add(after.lastTurn?.end ?? 'none')
          .add(after.turn?.paused ?? 'none')
          .add(rejected?.code ?? 'none');
      }
    }

    const notYetMade = ['ConversationForked', 'ConversationErased', 'ReplayStopped'];
    const expected = [...eventTypes.filter((type) => !notYetMade.includes(type)), 'idle', 'running', 'waiting', 'paused'];
    const ends = ['completed', 'failed', 'cancelled', 'rolled_back'];
    const pauses = ['maxSteps', 'maxWallMs', 'maxTokens', 'maxConversationTokens', 'maxIdenticalCalls'];
    const codes = [
      'busy',
      'not_current',
      'no_open_turn',
      'not_paused',
      'limit_not_raised',
      'stale_digest',
      'no_such_turn',
      'bad_content',
    ];
    expect([...expected, ...ends, ...pauses, ...codes].filter((one) => !seen.has(one))).toEqual([]);
  });
});

/** Commands that a queue may deliver twice, and that the state alone must recognise. */
const isRecognised = ({ type }: Moment['command']): boolean =>
  ['StartAttempt', 'AbandonAttempt', 'RefuseArguments', 'RecordTools', 'OpenMcpSession', 'LoseMcpSession'].includes(type);

describe('every command that comes twice', { timeout: 120_000 }, () => {
  it('writes nothing the second time where the state shows that it has happened', () => {
    always((moments) => {
      for (const { command, after, events, now } of moments.filter((moment) => isRecognised(moment.command)))
        if (events.length > 0) expect(decide(command, after, environmentAt(now))).toEqual([]);
    });
  });

  it('changes nothing the second time where it is an outcome: that is at most recorded as superseded', () => {
    always((moments) => {
      for (const { command, after, events, now } of moments) {
        if (!('claim' in command) || command.type === 'StartAttempt' || events.length === 0) continue;
        const again = decide(command, after, environmentAt(now));
        expect(again.filter(({ type }) => type !== 'OutcomeSuperseded')).toEqual([]);
      }
    });
  });
});
