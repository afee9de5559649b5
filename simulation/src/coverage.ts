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
  'clock of a process is wrong',
  'model: 429 with Retry-After',
  'model: 5xx',
  'model: timeout',
  'model: partial stream',
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
  'limit reached',
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
  'G3 what the model reads as not made did not run',
  'G4 a reader of the whole log sees every event once',
  'G5 acknowledged writes are in the log',
  'G6 conversations finish after the queue was wiped',
  'G7 replay equals what every process remembers',
  'G8 a trace is a function of the log',
  'liveness: idle in bounded time',
  'every call in every history is answered once',
  'limits pause before spending',
] as const;
export type Guarantee = (typeof guarantees)[number];

export type CoverageName = Fault | Guarantee;

export interface Coverage {
  count(name: CoverageName, times?: number): void;
  of(name: CoverageName): number;
  add(other: Coverage): void;
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
    add: (other) => {
      for (const name of planned) count(name, other.of(name));
    },
    missing: () => planned.filter((name) => of(name) === 0),
  };
};
