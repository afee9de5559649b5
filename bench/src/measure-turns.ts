// Whole turns [model → 3 parallel tools → model], `inFlight` at a time, each in a conversation of its own.

import { randomUUID } from 'node:crypto';
import { defaultLimits, type ModelSettings } from '@turnlog/core';
import type { BenchEngine } from './bench-engine.ts';
import { stepsPerTurn } from './no-op-outside.ts';

export interface TurnFigures {
  readonly turnsPerSecond: number;
  readonly jobsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const model: ModelSettings = {
  name: 'no-op',
  model: 'no-op',
  params: {},
  profile: { sendReasoning: 'none', sendReasoningOf: 'turn', emptyContent: 'empty', streamUsage: true, splitThink: true },
};

export const measureTurns = async (bench: BenchEngine, turns: number, inFlight: number): Promise<TurnFigures> => {
  const durations: number[] = [];
  let left = turns;
  const lane = async () => {
    while (left-- > 0) durations.push(await oneTurn(bench));
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  const seconds = (performance.now() - started) / 1_000;
  durations.sort((a, b) => a - b);
  const at = (share: number) => durations[Math.min(durations.length - 1, Math.floor(durations.length * share))] ?? Number.NaN;
  return { turnsPerSecond: turns / seconds, jobsPerSecond: (turns * stepsPerTurn) / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
};

/** From the command to the completed turn, in milliseconds. */
const oneTurn = async ({ engine, database }: BenchEngine): Promise<number> => {
  const conversationId = randomUUID();
  const started = performance.now();
  const done = new Promise<void>((resolve) => {
    const unsubscribe = database.feed.subscribe(conversationId, (message) => {
      if (message.type !== 'version') return;
      void engine.load(conversationId).then(({ lastTurn }) => {
        if (lastTurn === undefined) return;
        unsubscribe();
        resolve();
      });
    });
  });
  const settings = { model, servers: ['bench'], limits: defaultLimits, metadata: {}, tags: [] };
  await engine.handle({ type: 'StartConversation', settings, input: 'go' }, { conversationId, commandId: randomUUID() });
  await done;
  return performance.now() - started;
};
