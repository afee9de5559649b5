// A counter whose tool promises nothing about repeats, and workers that are killed in the middle of its calls until a hundred
// calls were cut, on both backends: what the log says happened did happen, once; of the rest it says that nobody knows.

import { type ConversationEvent, type ConversationView, effectIdOf, type Recorded, type VerifyReport } from '@turnlog/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../simulation/src/random.ts';
import { type ApiClient, createApiClient, isIdle, poll } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { type BundledProgram, bundleProgram } from './support/bundle-program.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { type HttpCounter, startHttpCounter } from './support/http-counter.ts';

/** The moments of the kills follow from it, as far as the machine lets them. */
const seed = process.env.TURNLOG_SEED ?? '1';
const wantedCuts = 100;
const callsOfConversation = 6;
const conversationsOfKill = 3;
const mostKills = 40;
/** Of a call, before and after it counts: a kill finds most of what was heard under way. */
const longestMs = { before: 300, after: 1_500 };

const wishOf = (number: number) => `count with care, number ${number}.`;

/** Each call is heard, takes effect and is answered at moments of its own. */
const scriptsOf = (random: Random) =>
  Object.fromEntries(
    Array.from({ length: mostKills * conversationsOfKill }, (_, number) => [
      wishOf(number),
      [
        {
          calls: Array.from({ length: callsOfConversation }, (_, n) => ({
            name: 'count',
            arguments: { n, before: random.between(0, longestMs.before), after: random.between(0, longestMs.after) },
          })),
        },
        { content: 'Counted.' },
      ],
    ]),
  );

type Events = readonly Recorded<ConversationEvent>[];

let program: BundledProgram;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  program = await bundleProgram('../../apps/cli/dist/main.js');
});
afterAll(async () => {
  for (const end of ends) await end();
  await program.remove();
});

describe.concurrent.each(backends())('on $name', ({ name, env }) => {
  const random = createRandom(`counter/${name}/${seed}`);
  let counter: HttpCounter;
  let engine: EngineUnderTest;
  let api: ApiClient;
  beforeAll(async () => {
    counter = await startHttpCounter();
    engine = await createEngineUnderTest({
      env: env(),
      program: program.path,
      scripts: scriptsOf(random.fork('scripts')),
      mcpServers: { counter: { url: counter.url, enabledTools: ['count'] } },
    });
    ends.push(engine.end, counter.stop);
    // It lives on, ends what the dead have held, and takes little itself.
    api = createApiClient(await engine.start('--port', '0', '--concurrency', '1'));
  });

  it(`no call happens twice unknowingly, and ${wantedCuts} of them are cut in the middle`, async () => {
    const ids: string[] = [];
    let kills = 0;
    /** Dies once so many of the calls were heard. */
    const killOne = async (moment: Random): Promise<void> => {
      const victim = await engine.start('--only', 'worker', '--concurrency', '24');
      const before = counter.heard.length;
      const first = kills * conversationsOfKill;
      kills += 1;
      const wishes = Array.from({ length: conversationsOfKill }, (_, index) => wishOf(first + index));
      ids.push(...(await Promise.all(wishes.map((input) => api.create({ input })))).map(({ id }) => id));
      const enough = before + moment.between(1, callsOfConversation * (conversationsOfKill - 1));
      await poll(
        async () => counter.heard.length,
        (heard) => heard >= enough,
        60_000,
        'calls',
      );
      await victim.end('SIGKILL');
    };
    const killOn = async (moments: Random) => {
      while (counter.cut.length < wantedCuts && kills < mostKills) await killOne(moments);
    };
    await Promise.all(['first', 'second'].map((lane) => killOn(random.fork(lane))));
    const cut = [...counter.cut];
    expect(cut.length).toBeGreaterThanOrEqual(wantedCuts);

    // What they have left waiting is for one that may live.
    await engine.start('--only', 'worker');
    await untilAll(api, ids, isSettled);
    await decideAll(api, ids, random.fork('people'));
    await untilAll(api, ids, isIdle);

    const { effects } = counter;
    const audits = await Promise.all(ids.map(async (id) => auditOf(id, await api.events(id), effects)));
    expect(audits.flatMap(({ faults }) => faults)).toEqual([]);
    const unknown = new Set(audits.flatMap((audit) => audit.lost));
    expect(cut.filter((effectId) => !unknown.has(effectId))).toEqual([]);
    const total = (of: 'called' | 'returned' | 'unknown' | 'repeats') => audits.reduce((sum, audit) => sum + audit[of], 0);
    const known = new Set(audits.flatMap((audit) => audit.effectIds));
    expect(effects.filter((effectId) => !known.has(effectId))).toEqual([]);
    const reports = await Promise.all(ids.map((id) => api.post<VerifyReport>(`/conversations/${id}/replay`, { mode: 'verify' })));
    expect(new Set(reports.map(({ verdict }) => verdict))).toEqual(new Set(['verified']));
    console.log(
      `${name}, seed ${seed}: ${kills} kills, ${total('called')} calls, ${total('returned')} returned, ${total('unknown')} unknown (${cut.length} cut in the middle), ` +
        `${total('repeats')} repeats that a person allowed, ${effects.length} effects`,
    );
  }, 300_000);
});

const isSettled = ({ phase }: Pick<ConversationView, 'phase'>): boolean => phase === 'idle' || phase === 'waiting';

/** One question for all of them: they are many, and the machine has a hundred calls to perform. */
const untilAll = async (api: ApiClient, ids: readonly string[], is: (one: ConversationView) => boolean): Promise<void> => {
  const open = async () => {
    const { items } = await api.get<{ items: readonly ConversationView[] }>('/conversations?limit=200');
    const known = new Map(items.map((one) => [one.id, one]));
    return ids.filter((id) => {
      const one = known.get(id);
      return one === undefined || !is(one);
    });
  };
  await poll(open, (left) => left.length === 0, 60_000, 'every conversation');
};

/** People let a few calls be made again; of the others they say what they know, or nothing. */
const decideAll = async (api: ApiClient, ids: readonly string[], random: Random): Promise<void> => {
  for (const id of ids)
    for (const { callId } of (await api.view(id)).waitingFor ?? []) {
      const decision = random.pick(['retry', 'resolve', 'resolve', 'tell', 'tell', 'tell'] as const);
      await api.post(`/conversations/${id}/tool-calls/${callId}/decision`, {
        decision,
        ...(decision === 'resolve' && { result: 'Counted, as I saw.' }),
      });
    }
};

/** What the log says of each call of a conversation, held against how often it took effect. */
const auditOf = (id: string, events: Events, effects: readonly string[]) => {
  const faults: string[] = [];
  const lost: string[] = [];
  const effectIds: string[] = [];
  const sums = { called: 0, returned: 0, unknown: 0, repeats: 0 };
  for (const scheduled of events) {
    if (scheduled.type !== 'StepScheduled' || scheduled.data.call.kind !== 'tool') continue;
    const { step, call } = scheduled.data;
    const ofStep = events.filter(({ data }) => 'step' in data && data.step === step);
    const count = (is: (event: Events[number]) => boolean) => ofStep.filter(is).length;
    const effectId = effectIdOf(id, call.callId);
    const happened = effects.filter((effect) => effect === effectId).length;
    const starts = count(({ type }) => type === 'AttemptStarted');
    const returned = count(({ type }) => type === 'ToolReturned');
    const unknown = count(({ type }) => type === 'ToolOutcomeUnknown');
    const repeats = count(({ type, data }) => type === 'ToolOutcomeDecided' && data.decision === 'retry');
    effectIds.push(effectId);
    if (unknown > 0) lost.push(effectId);
    sums.called += starts > 0 ? 1 : 0;
    sums.returned += returned;
    sums.unknown += unknown;
    sums.repeats += repeats;
    const said = `${effectId}: ${happened} effects, ${starts} starts, ${returned} returned, ${unknown} unknown, ${repeats} allowed repeats`;
    const isTrue =
      starts === 1 + repeats &&
      starts === returned + unknown &&
      happened >= returned &&
      happened <= returned + unknown &&
      (unknown > 0 || happened === 1);
    if (!isTrue) faults.push(said);
  }
  return { faults, lost, effectIds, ...sums };
};
