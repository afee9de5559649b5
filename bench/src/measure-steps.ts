// What a step costs the engine early and late in one conversation, on a real Postgres: load, start, outcome. The request of a
// model step is neither rendered, hashed nor sent: that part grows with what was said, whoever does it.

import { randomUUID } from 'node:crypto';
import { type Command, createEngine, type Engine, type EventStore, type Step } from '@turnlog/core';
import { createPostgresEventStore, openPool } from '@turnlog/db';
import type { Pool } from 'pg';
import { benchModel, benchTool } from './generate/bench-settings.ts';
import { median } from './median.ts';

export interface StepCost {
  readonly roundTrips: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly jobs: number;
}

export interface MeasuredStep extends StepCost {
  /** 1, 2, 3 …: model steps and tool steps in turn. */
  readonly step: number;
  readonly ms: number;
}

type Counts = { -readonly [K in keyof StepCost]: StepCost[K] };

/** One conversation of so many steps, each step with its cost. */
export const measureSteps = async (url: string, steps: number): Promise<readonly MeasuredStep[]> => {
  const counts: Counts = { roundTrips: 0, rowsRead: 0, rowsWritten: 0, jobs: 0 };
  const [writer, reader] = ['append', 'read'].map((purpose) => countingPool(url, purpose, counts));
  if (writer === undefined || reader === undefined) throw new Error('unreachable');
  const store = createPostgresEventStore({ writer, reader });
  const engine = createEngine({
    store: counting(store, counts),
    now: () => new Date().toISOString(),
    sha256: () => '',
    dispatch: async (jobs) => {
      counts.jobs += jobs.length;
    },
    announce: () => undefined,
  });
  try {
    return await holdConversation(engine, steps, counts);
  } finally {
    await store.idle();
    await Promise.all([writer.end(), reader.end()]);
  }
};

const holdConversation = async (engine: Engine, steps: number, counts: Counts): Promise<readonly MeasuredStep[]> => {
  const conversationId = randomUUID();
  const handle = (command: Command) => engine.handle(command, { conversationId, commandId: randomUUID() });
  const settings = { model: benchModel, servers: [benchTool.server], limits: {}, metadata: {}, tags: [] };
  await handle({ type: 'StartConversation', settings });
  await handle({ type: 'RecordTools', servers: [benchTool.server], tools: [benchTool], warnings: [] });
  await handle({ type: 'StartTurn', input: 'Go on for long.' });
  const measured: MeasuredStep[] = [];
  for (let step = 1; step <= steps; step++) {
    Object.assign(counts, { roundTrips: 0, rowsRead: 0, rowsWritten: 0, jobs: 0 });
    const started = performance.now();
    await perform(engine, conversationId, handle);
    measured.push({ step, ms: performance.now() - started, ...counts });
  }
  return measured;
};

/** As a worker performs the only open step. */
const perform = async (engine: Engine, conversationId: string, handle: (command: Command) => Promise<unknown>): Promise<void> => {
  const { turn, tools } = await engine.load(conversationId);
  const open = turn?.steps.find(({ phase }) => phase === 'due');
  if (open === undefined) throw new Error('No step is due.');
  const at = { step: open.step, attempt: open.attempt, claim: randomUUID() };
  const request = { sha256: '0'.repeat(64), renderer: 1, toolsVersion: tools?.version ?? 0 };
  await handle({ type: 'StartAttempt', ...at, worker: 'bench', ...(open.call ? { effectId: randomUUID() } : { request }) });
  await handle(outcomeOf(open, at));
};

const outcomeOf = (
  { call, step }: Step,
  at: { readonly step: number; readonly attempt: number; readonly claim: string },
): Command =>
  call === undefined
    ? {
        type: 'RecordModelAnswer',
        ...at,
        answer: {
          message: { content: '', toolCalls: [{ name: benchTool.name, arguments: `{"path":"/data/${step}.txt","lines":3}` }] },
          finishReason: 'tool_calls',
          usage: { promptTokens: 100, completionTokens: 20 },
        },
      }
    : { type: 'RecordToolResult', ...at, result: { content: [{ type: 'text', text: `Lines of ${step}.` }], isError: false } };

/** Whatever is sent to Postgres is one round trip. */
const countingPool = (url: string, purpose: string, counts: Counts): Pool => {
  const pool = openPool({ url, purpose, max: 1, lookupsOnly: true });
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    Object.assign(client, {
      query: (...args: unknown[]) => {
        counts.roundTrips += 1;
        return query(...args);
      },
    });
  });
  return pool;
};

const counting = (store: EventStore, counts: Counts): EventStore => ({
  ...store,
  append: (append) => {
    const { events, work } = append;
    // The head row besides.
    counts.rowsWritten += events.length + work.put.length + work.drop.length + 1;
    return store.append(append);
  },
  read: async (...args) => {
    const events = await store.read(...args);
    counts.rowsRead += events.length;
    return events;
  },
});

export interface StepSummary extends StepCost {
  readonly at: number;
  readonly ms: number;
}

/** Medians of the steps around a place, a model step and a tool step together. */
export const summariseSteps = (runs: readonly (readonly MeasuredStep[])[], at: number): StepSummary => {
  const around = runs.flatMap((run) => run.filter(({ step }) => Math.abs(step - at) <= 6));
  const of = (pick: (step: MeasuredStep) => number, isModel: boolean): number =>
    median(around.filter(({ step }) => (step % 2 === 1) === isModel).map(pick));
  const both = (pick: (step: MeasuredStep) => number): number => of(pick, true) + of(pick, false);
  return {
    at,
    ms: Number(both(({ ms }) => ms).toFixed(2)),
    roundTrips: both(({ roundTrips }) => roundTrips),
    rowsRead: both(({ rowsRead }) => rowsRead),
    rowsWritten: both(({ rowsWritten }) => rowsWritten),
    jobs: both(({ jobs }) => jobs),
  };
};
