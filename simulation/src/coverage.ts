// How often each fault and each guarantee was exercised. What is planned and never happens makes a run worthless, so it fails.

export const callPoints = [
  'append',
  'read',
  'find command',
  'renew lease',
  'due work',
  'orphaned work',
  'add jobs',
  'list tools',
  'model call',
  'tool call',
  'erase',
] as const;
/** Where a process waits for the outside: it may stop existing at each of them, before the effect or after it. */
export type CallPoint = (typeof callPoints)[number];

export const plannedFaults = [
  ...callPoints.map((point) => `crash at ${point}` as const),
  'crash of an API process',
  'crash at any moment',
  'worker stopped in order',
  'worker paused beyond its lease',
  'committed, but an error',
  'not committed, and an error',
  'append on the wire for seconds',
  'append of a dead process arrives',
  'append conflicts',
  'append repeats a command',
  'transaction commits late',
  'transaction rolled back',
  'commit out of order',
  'newer transaction holds an older position',
  'reader waits for an open transaction',
  'read fails',
  'ledger fails',
  'database away',
  'job dropped',
  'job duplicated',
  'job reordered',
  'job delayed',
  'job stalled and taken again',
  'queue out of reach',
  'queue wiped',
  'hint lost',
  'hint late',
  'clock of a process is wrong',
  'model: 429 with Retry-After',
  'model: 5xx',
  'model: timeout',
  'model: partial stream',
  'model: aborted with a partial answer',
  'model: empty answer',
  'model: unknown tool',
  'model: arguments are no JSON',
  'model: same call again and again',
  'tools cannot be listed',
  'tool: not sent',
  'tool: unknown, it ran',
  'tool: unknown, it did not run',
  'tool: isError',
  'late outcome',
  'late outcome settles a call that waits as unknown',
  'attempt lost with its worker',
  'outcome of a tool call unknown',
  'tool ran more than once, as allowed',
  'limit reached: maxSteps',
  'limit reached: maxConversationSteps',
  'limit reached: maxWallMs',
  'limit reached: maxConversationWallMs',
  'limit reached: maxTokens',
  'limit reached: maxConversationTokens',
  'limit reached: maxCost',
  'limit reached: maxConversationCost',
  'limit reached: maxIdenticalCalls',
  'command repeated',
  'person: reject while busy',
  'person: queue',
  'person: steer',
  'person: interrupt',
  'person: rollback',
  'person: cancel',
  'person: resume',
  'person: feedback',
  'person: approve',
  'person: edit',
  'person: reject',
  'person: stale digest',
  'person: retry',
  'person: resolve',
  'person: tell',
  'person: fork',
  'fork while a turn was open',
  'fork of a fork',
  'fork with an edited message',
  'fork with another model',
  'fork with other servers',
  'fork with another system prompt',
  'fork of a call that had started',
  'fork of a call that had not started',
  'person: erase',
  'person: erase refused, as forks read it',
  'person: erase, its forks detached',
  'person: erase, its forks too',
  'erasure while a turn was open',
  'erasure cut short, and finished by a worker',
  'person: cassette',
  'cassette stopped at a call that was never recorded',
] as const;
export type Fault = (typeof plannedFaults)[number];

export const guarantees = [
  'G1 versions have no gap and no double',
  'G1 one command id once',
  'G2 an outcome only for the open attempt and claim',
  'G2 one accepted outcome a step',
  'G2 late outcomes are never rendered',
  'G3 a tool runs once for an approved call',
  'G3 nothing is sent before its start is durable',
  'G3 what waits for approval is not sent before it',
  'G3 an edited call is sent as it was edited',
  'G3 what the model reads as not made did not run',
  'G3 a fork tells the truth of calls that were open',
  'G4 a reader of the whole log misses nothing that commits late',
  'G5 acknowledged writes are in the log',
  'G6 conversations finish after the queue was wiped',
  'G7 replay equals what every process remembers',
  'G8 a trace is a function of the log',
  'liveness: idle in bounded time',
  'verify comes to what was recorded, or says erased',
  'every call in every history is answered once',
  'a broken answer is kept, and never rendered',
  'limits pause before spending',
  'a fork shares its prefix, and nothing that came after it',
  'what was erased is gone, and nothing else',
  'a fork of an erased conversation keeps its past',
  'a cassette calls no tool, and answers what was recorded',
] as const;
export type Guarantee = (typeof guarantees)[number];

export type CoverageName = Fault | Guarantee;

export interface Coverage {
  count(name: CoverageName, times?: number): void;
  of(name: CoverageName): number;
  /** In the order of what is planned. */
  counts(): readonly number[];
  /** Adds what another simulation has counted. */
  addCounts(counts: readonly number[]): void;
  /** What was planned and never happened. */
  missing(): readonly CoverageName[];
}

const planned: readonly CoverageName[] = [...plannedFaults, ...guarantees];

export const createCoverage = (): Coverage => {
  const counts = new Map<CoverageName, number>();
  const of = (name: CoverageName) => counts.get(name) ?? 0;
  const count = (name: CoverageName, times = 1) => void counts.set(name, of(name) + times);
  return {
    count,
    of,
    counts: () => planned.map(of),
    addCounts: (others) => {
      for (const [index, name] of planned.entries()) count(name, others[index] ?? 0);
    },
    missing: () => planned.filter((name) => of(name) === 0),
  };
};
