// What the other tests claim depends on three rules of the engine: an outcome needs the claim that the log shows, an attempt of a
// worker that is gone is lost, and what is due is found without the queue. With one of them switched off around the engine, on
// real stores and processes, the same check fails. (The fourth, the reader of the whole log, is in read-all.int.test.ts.)

import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSemaphore } from '../apps/worker/src/mcp/semaphore.ts';
import { checkConversation, createApiClient, isIdle } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { type BundledProgram, bundleProgram } from './support/bundle-program.ts';
import { type CrashLane, openCrashLane } from './support/crash-lane.ts';
import { type HttpCounter, startHttpCounter } from './support/http-counter.ts';
import { type ScriptedModel, startScriptedModel } from './support/scripted-model.ts';

/** A lease lasts 6 s; whoever takes over has seen the database for as long. */
const recoveryMs = 10_000;
const lateMs = 5_000;
const aloud = 'one two three four five six seven eight nine ten';

let program: BundledProgram;
let counter: HttpCounter;
let model: ScriptedModel;
const starts = createSemaphore(availableParallelism());
beforeAll(async () => {
  program = await bundleProgram('crashing-turnlog.mjs');
  counter = await startHttpCounter();
  model = await startScriptedModel({
    // It ends while its worker stands still; when that one wakes, the second call of it is still under way.
    'count aloud': [{ content: aloud, latency: 100 }],
    'say something': [{ content: 'Something.' }],
  });
});
afterAll(async () => {
  await model.stop();
  await counter.stop();
  await program.remove();
});

describe.concurrent.each(backends())('on $name', (backend) => {
  const on = async (mutation: string, check: (lane: CrashLane) => Promise<void>): Promise<void> => {
    const lane = await openCrashLane({
      program: program.path,
      backend,
      counter,
      model,
      starts,
      env: { MUTATION: mutation },
    });
    await check(lane).finally(lane.close);
  };

  it('a worker that stood still beyond its lease finds its outcome superseded', () => on('', standsStill));

  it('which fails where any claim counts', ({ expect }) =>
    expect(on('any claim counts', standsStill)).rejects.toThrow('the outcome of the first is superseded'));

  it('which fails where nobody is lost', ({ expect }) =>
    expect(on('nobody is lost', standsStill)).rejects.toThrow('an event of'));

  it('a turn whose job was never added completes', () => on('', isNeverAdded));

  it('which fails where nothing is due', ({ expect }) =>
    expect(on('nothing is due', isNeverAdded)).rejects.toThrow('did not come within'));
});

const standsStill = async (lane: CrashLane): Promise<void> => {
  const first = await lane.start();
  const { id } = await createApiClient(first).create({ input: 'count aloud' });
  await createApiClient(first).untilDelta(id);
  first.child.kill('SIGSTOP');
  const api = createApiClient(await lane.start());
  await api.untilEvent(id, ({ type, data }) => type === 'AttemptStarted' && data.attempt === 2, recoveryMs);
  first.child.kill('SIGCONT');
  const view = await api.until(id, isIdle);
  // It has long been told by then, if it is told at all.
  await api.untilEvent(id, ({ type }) => type === 'OutcomeSuperseded', lateMs).catch(() => undefined);

  const events = await api.events(id);
  const claimsOf = (wanted: string) =>
    events.flatMap(({ type, data }) => (type === wanted && 'claim' in data ? [data.claim] : []));
  const [claim, other] = claimsOf('AttemptStarted');
  expect(claimsOf('OutcomeSuperseded'), 'the outcome of the first is superseded').toEqual([claim]);
  expect(claimsOf('ModelResponded'), 'the outcome of the second counts').toEqual([other]);
  expect(view.messages.at(-1)?.content).toBe(aloud);
  await checkConversation(api, id);
};

const isNeverAdded = async (lane: CrashLane): Promise<void> => {
  const survivor = createApiClient(await lane.start());
  const doomed = createApiClient(await lane.start('before adding jobs', '--armed'));
  await expect(doomed.create({ input: 'say something' })).rejects.toThrow(TypeError);
  const { items } = await survivor.get<{ items: readonly { id: string }[] }>('/conversations');
  const view = await survivor.until(items[0]?.id ?? '', isIdle, recoveryMs);
  expect(view.messages.at(-1)?.content).toBe('Something.');
};
