// One seed, from nothing to a verdict: conversations under faults, then calm, then the audit.

import { type LogEntry, phaseOf, type Recorded } from '@turnlog/core';
import { audit } from './audit/audit.ts';
import type { Evidence } from './audit/evidence.ts';
import { asRecorded } from './audit/reading.ts';
import { causeChaos } from './chaos.ts';
import { type Cluster, startCluster } from './cluster.ts';
import type { Coverage } from './coverage.ts';
import type { Mutation } from './mutations.ts';
import { createMemoryReader, followLog, type MemoryReader } from './observers.ts';
import { act, answerAll, startOf } from './people.ts';
import type { Random } from './random.ts';
import { readWholeLog, replayConversation, verdictOf } from './replay-log.ts';
import { type Callers, createCallers } from './simulated-api.ts';
import { sha256 } from './simulated-model.ts';
import { createWorld, type World } from './world.ts';

export interface Simulation {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly coverage: Coverage;
  readonly log: readonly LogEntry[];
  /** What the verdict is about. */
  readonly evidence: Evidence;
  /** sha256 of the log as text. */
  readonly fingerprint: string;
  readonly virtualMs: number;
}

/** What is on its way when the faults stop has arrived by then. */
const settleMs = 14_000;
/** A conversation that is not idle by then will never be. */
const livenessMs = 5 * 60_000;

export const simulate = async (seed: number, mutation?: Mutation): Promise<Simulation> => {
  const world = createWorld(seed, mutation);
  const { scheduler, faults, coverage, random } = world;
  const start = scheduler.now();
  const cluster = startCluster(world, random.fork('cluster'));
  const callers = createCallers(world, random.fork('callers'), () => cluster.apis);
  const follower = followLog(world, random.fork('follower'));
  const reader = createMemoryReader();
  const started = startConversations(world, callers, random.fork('conversations'));
  const conversations = () => [...started, ...world.forks];
  void letPeopleAct(world, cluster, callers, random.fork('people'), conversations);
  void causeChaos(world, cluster, random.fork('chaos'));
  void readMemories(world, cluster, reader, random.fork('reader'), conversations);
  await scheduler.run(start + random.between(15_000, 60_000));

  faults.stop();
  for (const { process } of cluster.all()) process.wake();
  void answerUntilIdle(world, cluster, callers, random.fork('answers'), conversations);
  const calm = scheduler.now();
  await scheduler.run(calm + settleMs);
  await scheduler.run(calm + livenessMs, () => world.openTurns() === 0 && callers.pending() === 0);
  await untilErasuresAreFinished(world);
  for (const one of cluster.all()) for (const id of conversations()) reader.ask(one, id);
  await scheduler.run(scheduler.now() + 200);
  await follower.catchUp();

  const evidence = await collectEvidence(world, callers, follower.seen, reader);
  const violations = audit(evidence, coverage);
  const text = JSON.stringify(evidence.log);
  return {
    seed,
    violations,
    coverage,
    evidence,
    log: evidence.log,
    fingerprint: sha256(text),
    virtualMs: scheduler.now() - start,
  };
};

const startConversations = (world: World, callers: Callers, random: Random): readonly string[] =>
  Array.from({ length: random.between(2, 6) }, () => {
    const id = random.id();
    const command = startOf(world, random);
    world.scheduler.after(random.between(0, 8_000), () => void callers.send(id, command));
    return id;
  });

const isHalfErased = async ({ heads, read }: World['log']): Promise<boolean> => {
  const closed = heads().filter(({ summary }) => summary.phase === 'closed');
  const logs = await Promise.all(closed.map(({ id }) => read(id)));
  return logs.flat().some(({ type }) => type !== 'ConversationErased' && type !== 'ConversationForked');
};

/** What nobody asks for again is finished by the workers, who look for it once a minute. */
const untilErasuresAreFinished = async ({ log, scheduler }: World): Promise<void> => {
  const end = scheduler.now() + livenessMs;
  while (scheduler.now() < end && (await isHalfErased(log))) await scheduler.run(scheduler.now() + 1_000);
};

const letPeopleAct = async (
  world: World,
  cluster: Cluster,
  callers: Callers,
  random: Random,
  ids: () => readonly string[],
): Promise<void> => {
  const everyMs = random.between(300, 2_500);
  const meddling = random.next() ** 2;
  while (!world.faults.isStopped()) {
    await world.scheduler.sleep(random.between(everyMs / 2, everyMs * 1.5));
    if (world.faults.isStopped()) return;
    const api = random.pick(cluster.apis);
    const id = random.pick(ids());
    api.process.deliver(() => {
      api.engine.load(id).then(
        (seen) => (seen.version > 0 ? void act(world, callers, random, id, seen, meddling) : undefined),
        () => undefined,
      );
    });
  }
};

const readMemories = async (
  world: World,
  cluster: Cluster,
  reader: MemoryReader,
  random: Random,
  ids: () => readonly string[],
): Promise<void> => {
  while (!world.faults.isStopped()) {
    await world.scheduler.sleep(random.between(500, 4_000));
    const living = cluster.all();
    if (living.length > 0) reader.ask(random.pick(living), random.pick(ids()));
  }
};

/** Nobody is left waiting for a person: each conversation is looked at once a second. */
const answerUntilIdle = async (
  world: World,
  cluster: Cluster,
  callers: Callers,
  random: Random,
  ids: () => readonly string[],
): Promise<void> => {
  const answering = new Set<string>();
  for (;;) {
    await world.scheduler.sleep(1_000);
    const api = cluster.apis.find(({ process }) => process.isAlive());
    for (const id of ids()) {
      if (api === undefined || answering.has(id)) continue;
      const state = await api.engine.load(id, { fresh: true }).catch(() => undefined);
      if (state === undefined || phaseOf(state) === 'idle' || phaseOf(state) === 'closed') continue;
      answering.add(id);
      void answerAll(callers, random, id, state).finally(() => answering.delete(id));
    }
  }
};

const collectEvidence = async (
  { log, queue, effects, requests }: World,
  { acknowledged, erased }: Callers,
  followed: readonly LogEntry[],
  { memories }: MemoryReader,
): Promise<Evidence> => {
  const conversations = asRecorded(log.committed);
  const stored = new Map<string, readonly Recorded[]>();
  for (const id of conversations.keys()) stored.set(id, await log.read(id));
  return {
    log: log.committed,
    readAtOnce: await readWholeLog(log),
    followed,
    conversations,
    stored,
    detached: log.detached,
    verdicts: new Map([...stored].map(([id, events]) => [id, verdictOf(id, events)])),
    effects,
    requests,
    acknowledged,
    erased,
    replays: new Map([...conversations].map(([id, events]) => [id, replayConversation(id, events)])),
    remembered: memories,
    wiped: queue.wiped,
  };
};
