// An engine on the log in memory, with a clock of its own: for specs of handle and of what stands around it.

import type { Command } from '../conversation/commands.ts';
import { addMs } from '../conversation/time.ts';
import type { EventStore } from '../event-sourcing/event-store.ts';
import { createEngine, type Engine, type Envelope } from '../event-sourcing/handle.ts';
import { createInMemoryEventStore } from '../event-sourcing/in-memory-event-store.ts';
import type { Job } from '../ports/job-queue.ts';
import { aTool, modelAnswer, someSettings, startAttemptOf, textResult } from './conversation-builder.ts';
import { shortHash, storyBegins, storyId } from './given.ts';

/** A clock that goes on by a second whenever it is read. */
const tickingClock = () => {
  let now = storyBegins;
  return () => {
    now = addMs(now, 1_000);
    return now;
  };
};

/** An engine on a log, and what it gives to the queue and to listeners; `engineOn` is another process on the same log. */
export const setupEngine = (store: EventStore = createInMemoryEventStore()) => {
  const jobs: Job[] = [];
  const announced: number[] = [];
  const engineOn = (dispatch = async (added: readonly Job[]) => void jobs.push(...added)): Engine =>
    createEngine({ store, now: tickingClock(), sha256: shortHash, dispatch, announce: (_, version) => announced.push(version) });
  return { store, jobs, announced, engine: engineOn(), engineOn };
};

let commands = 0;
export const envelope = (commandId = `c${++commands}`, fingerprint?: string): Envelope => ({
  conversationId: storyId,
  commandId,
  ...(fingerprint !== undefined && { fingerprint }),
});
export const startCommand: Command = { type: 'StartConversation', settings: someSettings(), input: 'hi' };
export const turnCommand = (input: string): Command => ({ type: 'StartTurn', input, whileBusy: 'queue' });

/** A conversation in which two calls are under way. */
export const twoCallsUnderWay = async (engine: Engine) => {
  await engine.handle({ type: 'StartConversation', settings: someSettings() }, envelope());
  await engine.handle({ type: 'RecordTools', servers: ['files'], tools: [aTool('read')], warnings: [] }, envelope());
  await engine.handle({ type: 'StartTurn', input: 'go' }, envelope());
  await engine.handle(startAttemptOf({ step: 1, attempt: 1 }, 2), envelope());
  await engine.handle(
    modelAnswer(
      { step: 1, attempt: 1 },
      {
        calls: [
          ['read', '{"path":"a"}'],
          ['read', '{"path":"b"}'],
        ],
      },
    ),
    envelope(),
  );
  for (const step of (await engine.load(storyId)).turn?.steps ?? []) await engine.handle(startAttemptOf(step), envelope());
};
export const resultCommand = (step: number): Command => ({
  type: 'RecordToolResult',
  step,
  attempt: 1,
  claim: `claim-${step}-1`,
  result: textResult(`result of ${step}`),
});

/** Lets everything else that is ready go first, so many times. */
export const afterTurns = async (turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
};
