// A process that may stop existing at any await. All it waits for comes from outside through `call` and `sleep`: once it
// is dead, or as long as it is paused, nothing comes, so its promises never go on.

import type { CallPoint } from './coverage.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { World } from './world.ts';

export interface CallOptions {
  /** The outside is the database: it can be away, fail, and answer with an error after it committed. */
  readonly database?: true;
  /** How long the outside works on it once it has come about. */
  readonly workMs?: number;
}

export interface SimulatedProcess {
  readonly name: string;
  /** ISO time by this process's own clock. */
  now(): string;
  isAlive(): boolean;
  /** Asks the outside. The effect comes about there, whatever becomes of this process meanwhile. */
  call<T>(point: CallPoint, effect: () => Promise<T>, options?: CallOptions): Promise<T>;
  sleep(ms: number): Promise<void>;
  /** Does it in this process: not if it is dead, later if it is paused. */
  deliver(action: () => void): void;
  pause(ms: number): void;
  wake(): void;
  crash(): void;
  onCrash(listener: () => void): void;
}

export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export const createSimulatedProcess = (world: World, name: string, skewMs: number, random: Random): SimulatedProcess => {
  const { scheduler, coverage, faults } = world;
  const listeners: (() => void)[] = [];
  let isAlive = true;
  let pausedUntil = 0;

  const deliver = (action: () => void): void => {
    if (!isAlive) return;
    if (scheduler.now() < pausedUntil) scheduler.after(pausedUntil - scheduler.now(), () => deliver(action));
    else action();
  };
  const pause = (ms: number) => {
    pausedUntil = Math.max(pausedUntil, scheduler.now() + ms);
  };
  const crash = () => {
    if (!isAlive) return;
    isAlive = false;
    for (const listener of listeners) listener();
  };
  const crashAt = (point: CallPoint) => {
    if (!isAlive) return;
    coverage.count(`crash at ${point}`);
    crash();
  };

  const call = <T>(point: CallPoint, effect: () => Promise<T>, options: CallOptions = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      if (!isAlive) return;
      const fate = drawFate(point, options, faults, random);
      // Stopped with a call in flight and awake again when others have long taken over: the way late outcomes come about.
      if (isCall(point) && faults.strikes('worker paused beyond its lease')) pause(random.between(6_500, 20_000));
      const fail = (why: string) => deliver(() => reject(new Unreachable(`${point}: ${why}`)));
      scheduler.after(wireMs(point, world, random), () => {
        if (!isAlive && (point !== 'append' || random.chance(0.5))) return;
        if (fate === 'crash before') return crashAt(point);
        if (options.database && faults.isDatabaseAway()) return fail('the database is away');
        if (fate === 'error before') return fail('the connection was lost');
        if (!isAlive) coverage.count('append of a dead process arrives');
        effect().then(
          (value) => {
            if (fate === 'crash after') scheduler.after(random.between(0, options.workMs ?? 5), () => crashAt(point));
            scheduler.after((options.workMs ?? 0) + random.between(1, 10), () => {
              if (fate === 'error after') fail('the connection was lost after the effect');
              else deliver(() => resolve(value));
            });
          },
          (error: unknown) => deliver(() => reject(error)),
        );
      });
    });

  return {
    name,
    now: () => new Date(scheduler.now() + skewMs).toISOString(),
    isAlive: () => isAlive,
    call,
    sleep: (ms) => new Promise((resolve) => scheduler.after(ms, () => deliver(resolve))),
    deliver,
    pause,
    wake: () => {
      pausedUntil = 0;
    },
    crash,
    onCrash: (listener) => void listeners.push(listener),
  };
};

const isCall = (point: CallPoint): boolean => point === 'model call' || point === 'tool call';

/** Seldom called, so a crash there needs more luck. */
const isRare = (point: CallPoint): boolean => point === 'list tools' || point === 'find command' || point === 'erase';

type Fate = 'none' | 'crash before' | 'crash after' | 'error before' | 'error after';

const drawFate = (point: CallPoint, { database }: CallOptions, faults: Faults, random: Random): Fate => {
  if (faults.crashes(isCall(point) || isRare(point))) return random.chance(0.5) ? 'crash before' : 'crash after';
  if (point === 'append' || point === 'erase') {
    if (faults.strikes('committed, but an error')) return 'error after';
    if (faults.strikes('not committed, and an error')) return 'error before';
    return 'none';
  }
  if (point === 'add jobs') return faults.strikes('queue out of reach') ? 'error before' : 'none';
  if (!database) return 'none';
  const isLedger = point === 'renew lease' || point === 'due work' || point === 'orphaned work';
  return faults.strikes(isLedger ? 'ledger fails' : 'read fails') ? 'error before' : 'none';
};

const wireMs = (
  point: CallPoint,
  { faults }: { readonly faults: Faults; readonly scheduler: Scheduler },
  random: Random,
): number =>
  point === 'append' && faults.strikes('append on the wire for seconds') ? random.between(1_000, 12_000) : random.between(1, 15);
