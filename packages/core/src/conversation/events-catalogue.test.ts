import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf, generateHistory } from '../testing/generate-history.ts';
import { type EventType, eventSchemas, eventTypes } from './events.ts';
import { evolve } from './evolve.ts';
import { findStep, initialState } from './state.ts';

declare const process: {
  getBuiltinModule(id: 'node:fs'): { readFileSync(path: URL | string, encoding: 'utf8'): string };
};
declare const URL: new (path: string, base: string) => { readonly pathname: string };
type URL = InstanceType<typeof URL>;
declare global {
  interface ImportMeta {
    url: string;
  }
}

const read = (path: string): string => process.getBuiltinModule('node:fs').readFileSync(new URL(path, import.meta.url), 'utf8');

/** Of each row of the tables: the event's name, and the names in its third column. */
const rowsOf = (page: string): readonly (readonly [name: string, fields: readonly string[]])[] =>
  [...page.matchAll(/^\| `(\w+)` \|[^|]*\|([^|]*)\|/gm)].map(([, name = '', data = '']) => [
    name,
    [...data.matchAll(/`(\w+\??)`/g)].map(([, field = '']) => field),
  ]);

const fieldsOf = (type: EventType): readonly string[] => {
  const { shape } = eventSchemas[type] as unknown as { readonly shape: Record<string, { isOptional(): boolean }> };
  return Object.entries(shape).map(([field, schema]) => (schema.isOptional() ? `${field}?` : field));
};

const rows = rowsOf(read('../../../../docs/events.md'));

describe('the catalogue of events', () => {
  it('names every event once, and no other', () => {
    expect(rows.map(([name]) => name).sort()).toEqual([...eventTypes].sort());
  });

  it.each(rows)('says of %s what its data holds', (name, fields) => {
    expect(fields).toEqual(fieldsOf(name as EventType));
  });
});

const number = fc.nat(99);
const histories = fc.array(fc.record({ kind: fc.nat(15), a: number, b: number, ms: number }), { minLength: 20, maxLength: 40 });
/** Events that name a step and move it. */
const stepEvents = new Set<string>([
  ...['StepScheduled', 'ApprovalRequested', 'ToolCallApproved', 'ToolCallEdited', 'ToolCallRejected', 'ToolCallRefused'],
  ...['AttemptStarted', 'ModelResponded', 'ToolReturned', 'AttemptFailed', 'ToolOutcomeUnknown', 'ToolOutcomeDecided'],
  ...['ToolTaskStarted', 'ToolInputRequired', 'ElicitationRequested', 'ElicitationAnswered', 'ElicitationVoided'],
]);

describe('the state machines', () => {
  it('label their edges with events that exist', () => {
    const labels = [...read('../../../../docs/state-machine.md').matchAll(/-->[^:\n]*: (.*)$/gm)].map(([, label = '']) => label);

    const named = labels.flatMap((label) => label.replaceAll(/\([^)]*\)/g, '').match(/[A-Z]\w+/g) ?? []);

    expect(named.filter((name) => !(eventTypes as readonly string[]).includes(name))).toEqual([]);
    expect(labels.length).toBeGreaterThan(60);
  });

  it('draw every way in which a generated history moves a step, and no other', () => {
    const [, drawn = ''] = read('../../../../docs/state-machine.md').split('## A step');
    const edges = [...drawn.matchAll(/^ +(\S+) --> (\w+): (\w+)/gm)].map(([, from, to, event]) => `${from} ${to} ${event}`);

    const moved = new Set<string>();
    for (const moves of fc.sample(histories, { numRuns: 1_000, seed: 1 })) {
      let state = initialState;
      for (const event of eventsOf(generateHistory(moves))) {
        const before = state;
        state = evolve(before, event);
        if (!('step' in event.data) || event.data.step === undefined || !stepEvents.has(event.type)) continue;
        const from = findStep(before, event.data.step)?.phase ?? '[*]';
        const to = findStep(state, event.data.step)?.phase ?? 'settled';
        moved.add(`${from} ${to} ${event.type}`);
      }
    }

    expect([...moved].filter((edge) => !edges.includes(edge))).toEqual([]);
    expect([...new Set(edges)].filter((edge) => !moved.has(edge))).toEqual([]);
  });
});
