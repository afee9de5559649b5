// Whatever line a process dies at, nothing is lost and nothing happens twice: it is killed at every boundary that a crash can
// part, on both backends, and within 10 s its successor has gone on from there.

import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ConversationView, VerifyReport } from '@turnlog/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSemaphore } from '../apps/worker/src/mcp/semaphore.ts';
import { type ApiClient, createApiClient } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { type BundledProgram, bundleProgram } from './support/bundle-program.ts';
import { type CrashLane, openCrashLane, type StartedProcess } from './support/crash-lane.ts';
import { points, pointsOfAnEnd, pointsOfSecondThoughts } from './support/crash-points.mjs';
import { endings, oneTurn, type Story, secondThoughts } from './support/crash-stories.ts';
import { type HttpCounter, startHttpCounter } from './support/http-counter.ts';
import { type ScriptedModel, startScriptedModel } from './support/scripted-model.ts';

/** From when the successor is ready. A lease lasts 6 s; the reconciler looks once a second. */
const recoveryMs = 10_000;
/** A start is work and no waiting: what it takes beyond this says how much slower everything is on this machine now. */
const startMs = 1_000;
const slownessOf = (successor: { readonly startMs: number }): number => 2 * Math.max(0, successor.startMs - startMs);
const lanesOfOneTurn = 4;

interface Lane {
  readonly backend: ReturnType<typeof backends>[number];
  readonly name: string;
  readonly points: readonly string[];
}
const turns: readonly Lane[] = backends().flatMap((backend) =>
  Array.from({ length: lanesOfOneTurn }, (_, lane) => ({
    backend,
    name: `lane ${lane + 1} of ${backend.name}`,
    points: points.filter((_: string, place: number) => place % lanesOfOneTurn === lane),
  })),
);
const chains = backends().flatMap((backend) => [
  { backend, name: `second thoughts on ${backend.name}`, points: pointsOfSecondThoughts, story: secondThoughts },
  { backend, name: `endings on ${backend.name}`, points: pointsOfAnEnd, story: endings },
]);
const keyOf = ({ backend }: Lane, what: string): string => `${backend.name}-${what.replaceAll(' ', '-')}`;

interface Row {
  readonly point: string;
  readonly backend: string;
  readonly outcome: string;
  readonly ms: number;
}
const rows: Row[] = [];

let program: BundledProgram;
let counter: HttpCounter;
let model: ScriptedModel;
/** Starting is work, recovering is waiting: a successor is not to wait for the starts of others. */
const starts = createSemaphore(availableParallelism());
beforeAll(async () => {
  program = await bundleProgram('crashing-turnlog.mjs');
  counter = await startHttpCounter();
  model = await startScriptedModel({
    ...Object.assign({}, ...turns.flatMap((lane) => lane.points.map((point) => oneTurn.scriptsOf(keyOf(lane, point))))),
    ...Object.assign({}, ...chains.map((lane) => lane.story.scriptsOf(keyOf(lane, lane.name)))),
  });
});
afterAll(async () => {
  await model.stop();
  await counter.stop();
  await program.remove();
  const table = tableOf(rows);
  console.log(table);
  if (process.env.TURNLOG_WRITE_PROOFS === undefined) return;
  const proofs = join(import.meta.dirname, '../docs/proofs');
  await mkdir(proofs, { recursive: true });
  await writeFile(join(proofs, 'crash-matrix.md'), table);
});

const open = ({ backend }: Lane): Promise<CrashLane> => openCrashLane({ program: program.path, backend, counter, model, starts });

describe('a process that is killed', () => {
  it.concurrent.each(turns)(
    '$name: $points',
    async (lane) => {
      const crashes = await open(lane);
      let victim = await crashes.start(lane.points[0]);
      for (const [place, point] of lane.points.entries()) {
        await crashes.arm(victim);
        await crashes.untilKilled(victim, oneTurn, keyOf(lane, point), point);

        victim = await crashes.start(lane.points[place + 1]);
        const api = createApiClient(victim);
        const ready = performance.now();
        const view = await oneTurn.play(api, keyOf(lane, point));
        const ms = performance.now() - ready;
        expect(ms, point).toBeLessThan(recoveryMs + slownessOf(victim));
        rows.push({ point, backend: lane.backend.name, outcome: await auditTurn(api, view, point), ms });
        expect((await api.get<{ items: unknown[] }>('/conversations')).items, point).toHaveLength(place + 1);
      }
      await crashes.close();
    },
    600_000,
  );

  it.concurrent.each(chains)(
    '$name: $points',
    async ({ story, ...lane }) => {
      const crashes = await open(lane);
      const key = keyOf(lane, lane.name);
      const isRecovered = (successor: StartedProcess, point: string, since: number, outcome: string) => {
        const ms = performance.now() - since;
        expect(ms, point).toBeLessThan(recoveryMs + slownessOf(successor));
        rows.push({ point, backend: lane.backend.name, outcome, ms });
      };
      let killed: string | undefined;
      for (const point of lane.points) {
        const victim = await crashes.start(point, '--armed');
        const ready = performance.now();
        await crashes.untilKilled(victim, story, key, point);
        if (killed !== undefined) isRecovered(victim, killed, ready, 'goes on to the next kill');
        killed = point;
      }
      const last = await crashes.start();
      const ready = performance.now();
      const api = createApiClient(last);
      const view = await story.play(api, key);
      isRecovered(last, killed ?? '', ready, 'complete');
      await auditChain(api, story, view);
      await crashes.close();
    },
    600_000,
  );
});

/** What holds for every conversation, however often its processes died. */
const auditLog = async (api: ApiClient, { id }: ConversationView, point: string) => {
  // Every prefix folds and renders as a provider takes it, without a gap between versions.
  const verified = await api.post<VerifyReport>(`/conversations/${id}/replay`, { mode: 'verify' });
  expect(verified, point).toMatchObject({ verdict: 'verified' });
  const events = await api.events(id);
  const settled = events.flatMap(({ type, data }) => (type === 'ModelResponded' || type === 'ToolReturned' ? [data.step] : []));
  expect(new Set(settled).size, point).toBe(settled.length);
  const claims = events.flatMap(({ type, data }) => (type === 'AttemptStarted' ? [data.claim] : []));
  expect(new Set(claims).size, point).toBe(claims.length);

  // No call ran twice; what returned ran; what never started did not run.
  const effects = counter.effects.filter((effect) => effect.startsWith(id));
  expect(new Set(effects).size, point).toBe(effects.length);
  const started = events.flatMap(({ type, data }) =>
    type === 'AttemptStarted' && data.effectId !== undefined ? [data.effectId] : [],
  );
  expect(
    effects.filter((effect) => !started.includes(effect)),
    point,
  ).toEqual([]);
  expect(effects.length, point).toBeGreaterThanOrEqual(events.filter(({ type }) => type === 'ToolReturned').length);
  return { events, effects };
};

const auditTurn = async (api: ApiClient, view: ConversationView, point: string): Promise<string> => {
  const { events, effects } = await auditLog(api, view, point);
  expect(events.filter(({ type }) => type === 'TurnStarted')).toHaveLength(1);
  const unknown = events.filter(({ type }) => type === 'ToolOutcomeUnknown').length;
  if (view.phase !== 'waiting') {
    expect([view.phase, view.messages.at(-1)?.content, effects.length, unknown], point).toEqual(['idle', 'Done.', 3, 0]);
    return 'complete';
  }
  expect(
    view.waitingFor?.map(({ kind }) => kind),
    point,
  ).toEqual(Array(unknown).fill('unknown'));
  return `waits for a person about ${unknown} of 3 calls`;
};

/** One conversation for all its kills, with every command in it once. */
const auditChain = async (api: ApiClient, story: Story, view: ConversationView): Promise<void> => {
  const { events, effects } = await auditLog(api, view, 'the end');
  const count = (wanted: string) => events.filter(({ type }) => type === wanted).length;
  const { items } = await api.get<{ items: readonly ConversationView[] }>('/conversations');
  if (story === secondThoughts) {
    expect(items.map(({ phase }) => phase)).toEqual(['idle']);
    expect(['TurnStarted', 'TurnSteered', 'TurnQueued', 'TurnPaused', 'TurnResumed', 'ToolsListed'].map(count)).toEqual([
      2, 1, 1, 1, 1, 1,
    ]);
    expect(['ToolCallEdited', 'ToolCallRejected', 'ToolOutcomeUnknown', 'ToolOutcomeDecided'].map(count)).toEqual([1, 1, 2, 2]);
    expect([effects.length, view.messages.at(-1)?.content]).toEqual([2, 'Done, too.']);
    return;
  }
  expect(items.map(({ phase }) => phase).sort()).toEqual(['closed', 'idle']);
  expect(['TurnStarted', 'TurnCancelled', 'TurnRolledBack', 'TurnCompleted'].map(count)).toEqual([5, 3, 1, 1]);
  expect(count('OutcomeSuperseded')).toBeGreaterThan(0);
  expect(view.messages.at(-1)?.content).toBe('Done.');
};

const tableOf = (all: readonly Row[]): string => {
  const names = backends().map(({ name }) => name);
  const cell = (point: string, backend: string) => {
    const row = all.find((one) => one.point === point && one.backend === backend);
    return row === undefined ? 'not reached' : `${row.outcome}, ${(row.ms / 1_000).toFixed(1)} s`;
  };
  const lines = [...points, ...pointsOfSecondThoughts, ...pointsOfAnEnd].map(
    (point) => `| ${point} | ${names.map((backend) => cell(point, backend)).join(' | ')} |`,
  );
  const slowest = Math.max(...all.map(({ ms }) => ms));
  return [
    `# Every kill of one run of the crash matrix`,
    '',
    `${all.length} kills; the slowest recovery took ${(slowest / 1_000).toFixed(1)} s from when the successor was ready.`,
    '',
    `| killed | ${names.join(' | ')} |`,
    `| ------ | ${names.map(() => '------').join(' | ')} |`,
    ...lines,
    '',
  ].join('\n');
};
