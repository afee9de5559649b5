// Those who only look: a reader that follows the whole log, and one that asks processes what they remember.

import { type LogCursor, type LogEntry, toTrace } from '@turnlog/core';
import type { Memory } from './audit/evidence.ts';
import type { Random } from './random.ts';
import type { EngineProcess } from './simulated-worker.ts';
import type { World } from './world.ts';

export interface Follower {
  readonly seen: readonly LogEntry[];
  /** Reads on until there is nothing more. */
  catchUp(): Promise<void>;
}

/** Reads a few entries now and then, from where it stood. */
export const followLog = (world: World, random: Random): Follower => {
  const seen: LogEntry[] = [];
  let cursor: LogCursor | undefined;
  const page = async () => {
    const entries = await world.log.readAll(cursor, random.between(1, 40));
    seen.push(...entries);
    cursor = entries.at(-1)?.cursor ?? cursor;
    return entries.length;
  };
  const follow = async () => {
    while (!world.faults.isStopped()) {
      await world.scheduler.sleep(random.between(300, 3_000));
      await page();
    }
  };
  void follow();
  return {
    seen,
    catchUp: async () => {
      while ((await page()) > 0);
    },
  };
};

export interface MemoryReader {
  readonly memories: readonly Memory[];
  ask(one: EngineProcess, conversationId: string): void;
}

export const createMemoryReader = (): MemoryReader => {
  const memories: Memory[] = [];
  const ask = ({ process, engine }: EngineProcess, conversationId: string) =>
    process.deliver(() => {
      engine.load(conversationId).then(
        (state) => {
          const trace = JSON.stringify(toTrace(conversationId, state));
          memories.push({ process: process.name, conversationId, version: state.version, state, trace });
        },
        () => undefined,
      );
    });
  return { memories, ask };
};
