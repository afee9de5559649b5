import { type Command, decide, evolve, fold, type Recorded } from '@turnlog/core';
import {
  environmentAt,
  eventsOf,
  generateHistory,
  modelAnswer,
  recordAfter,
  startAttemptOf,
  storyId,
} from '@turnlog/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aFamily, aMember, rowOptions } from '../testing/a-family.ts';
import { projectFamily } from './project-family.ts';
import { columnFormats, type Family, formats, type Projection, type Row } from './projection.ts';
import { columnsOf } from './row-columns.ts';
import { validateRow } from './row-schema.ts';

const move = fc.record({ kind: fc.nat(15), a: fc.nat(50), b: fc.nat(50), ms: fc.nat(3_000) });
const history = fc.array(move, { minLength: 20, maxLength: 100 }).map((moves) => eventsOf(generateHistory(moves)));

/** A fork of this prefix in which the model answers once. */
const forkedAt = (prefix: readonly Recorded[], supersede: boolean, words: string): readonly Recorded[] => {
  let events = prefix;
  let state = fold(prefix);
  const handle = (command: Command) => {
    const recorded = recordAfter(state, decide(command, state, environmentAt(state.updatedAt)), state.updatedAt);
    events = [...events, ...recorded];
    state = recorded.reduce(evolve, state);
  };
  handle({ type: 'ForkConversation', parent: { conversationId: storyId, version: prefix.length }, input: words, supersede });
  const [step] = state.turn?.steps ?? [];
  if (step === undefined) return events;
  handle(startAttemptOf(step, state.tools?.version));
  handle(modelAnswer(step, { content: `an answer to ${words}`, reasoning: 'so it is' }));
  handle({ type: 'GiveFeedback', feedback: { rating: supersede ? 1 : -1 } });
  return events;
};

const family = fc
  .record({
    events: history,
    forks: fc.array(fc.record({ at: fc.nat(200), supersede: fc.boolean(), words: fc.constantFrom('a', 'b') }), { maxLength: 4 }),
  })
  .map(
    ({ events, forks }): Family =>
      aFamily(
        aMember({ events }),
        ...forks.map(({ at, supersede, words }, index) => {
          const prefix = events.slice(0, 1 + (at % events.length));
          const fork = { events: forkedAt(prefix, supersede, words) };
          return aMember(fork, { id: `f${index}`, inherited: prefix.length, parent: { id: storyId, at: prefix.length } });
        }),
      ),
  );

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const excludedIn = ({ excluded }: Projection): number => sum(Object.values(excluded));
const recordedIn = ({ members }: Family): number =>
  sum(
    members.map(
      ({ events, inherited }) => events.filter(({ type, version }) => type === 'ModelResponded' && version > inherited).length,
    ),
  );
const weightsIn = ({ rows }: Projection): number =>
  sum(rows.flatMap(({ row }) => (row.messages as Row[]).map(({ weight }) => Number(weight ?? 0))));

describe.each(formats)('rows of %s', (format) => {
  const project = (one: Family, options = {}): Projection => projectFamily(format, one, { ...rowOptions, ...options });

  it('are what their schema says, whatever happened, and have an id and a place of their own', () => {
    fc.assert(
      fc.property(family, fc.constantFrom({}, { compat: 'strings' as const }, { includeSuperseded: true }), (one, options) => {
        const { rows } = project(one, options);
        expect(rows.flatMap(({ id, row }) => validateRow(format, row, options).map((fault) => `${id} ${fault}`))).toEqual([]);
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
        const places = rows.map(({ conversation }) => conversation);
        expect(places).toEqual([...places].sort());
        for (const { conversation, toVersion } of rows)
          expect(one.members.find(({ id }) => id === conversation)?.events.length).toBeGreaterThanOrEqual(toVersion);
      }),
      { numRuns: 30 },
    );
  });

  it('are the same from the same events, in whatever order the members come', () => {
    fc.assert(
      fc.property(family, (one) => {
        const again = { ...one, members: structuredClone(one.members).toReversed() };
        expect(JSON.stringify(project(again))).toBe(JSON.stringify(project(one)));
      }),
      { numRuns: 10 },
    );
  });

  it('come from the conversations that were selected, and from no other', () => {
    fc.assert(
      fc.property(family, (one) => {
        const none = { ...one, members: one.members.map((member) => ({ ...member, isSelected: false })) };
        expect(project(none)).toEqual({ rows: [], excluded: {} });
      }),
      { numRuns: 5 },
    );
  });
});

describe('each answer', () => {
  it('is one row of sft, or one that is counted, in the conversation that recorded it', () => {
    fc.assert(
      fc.property(family, (one) => {
        const projection = projectFamily('sft', one, rowOptions);
        expect(projection.rows.length + excludedIn(projection)).toBe(recordedIn(one));
      }),
      { numRuns: 50 },
    );
  });

  it('has a weight in one line of openai, or is counted', () => {
    fc.assert(
      fc.property(family, (one) => {
        const projection = projectFamily('openai', one, rowOptions);
        expect(weightsIn(projection) + excludedIn(projection)).toBe(recordedIn(one));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the columns', () => {
  it.each([...columnFormats, 'openai', 'sharegpt'] as const)('of %s are the keys of its rows, in their order', (format) => {
    fc.assert(
      fc.property(family, (one) => {
        const columns = columnsOf(format);
        for (const { row } of projectFamily(format, one, rowOptions).rows) {
          const expected = columns.filter(({ name, isOptional }) => isOptional !== true || name in row).map(({ name }) => name);
          expect(Object.keys(row)).toEqual(expected);
        }
      }),
      { numRuns: 20 },
    );
  });
});
