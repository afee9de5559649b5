// A job in, an outcome out. The log decides whether the attempt is still due; nothing is sent before its start is
// durable, and an outcome counts only with the claim that the log shows.

import {
  type Command,
  CommandRejected,
  type ConversationState,
  type Failure,
  findStep,
  type Handled,
  type Job,
  type Step,
} from '@turnlog/core';
import type { ActiveAttempt, ActiveAttempts, Ending } from './active-attempts.ts';
import { performModelAttempt } from './perform-model-attempt.ts';
import { type Cassettes, createCassettes, performRecordedCall } from './perform-recorded-call.ts';
import { performToolAttempt } from './perform-tool-attempt.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

/** One attempt in hand, with what its performer needs to start and to end it. */
export interface Attempt {
  readonly job: Job;
  readonly step: Step;
  readonly claim: string;
  readonly signal: AbortSignal;
  /** Writes a command of this attempt; its id keeps a second delivery from writing twice. */
  readonly record: (command: Command) => Promise<Handled>;
  /** Makes the start durable. False: the attempt is no longer ours to perform, and nothing may be sent. */
  readonly start: (
    command: Omit<Extract<Command, { type: 'StartAttempt' }>, 'type' | 'step' | 'attempt' | 'claim' | 'worker'>,
  ) => Promise<boolean>;
  /** The job is done with; the attempt goes on. For one that waits for a person. */
  readonly letGo: () => void;
  /** What ends the attempt: its outcome once there is one, and until then that it was lost. */
  readonly ending: () => Ending;
}

export const createPerformer = (dependencies: WorkerDependencies, active: ActiveAttempts) => {
  const cassettes = createCassettes(dependencies.store);
  const performHeld = async (job: Job, shutdown: AbortSignal, letGo: () => void): Promise<void> => {
    const due = await findDue(dependencies, job);
    if (due === undefined || shutdown.aborted) return;
    const claim = dependencies.newClaim();
    const held = active.begin(claim, job.conversationId, job.step, shutdown);
    const attempt = createAttempt(dependencies, job, due.step, claim, held, letGo);
    try {
      await perform(dependencies, cassettes, attempt, due.state);
    } catch (error) {
      // The log may hold the start, and this worker's lease would keep it open for ever: the reconciler ends it.
      held.forsake(attempt.ending());
      throw error;
    } finally {
      held.end();
    }
  };
  /** Resolves when the job is done with: at the end of its attempt, or when that waits for a person and needs no place any longer. */
  return (job: Job, shutdown: AbortSignal): Promise<void> => {
    let letGo = () => {};
    const released = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const ended = performHeld(job, shutdown, letGo);
    void released.then(() => active.detach(ended.catch((error: unknown) => sayLate(dependencies, job, error))));
    return Promise.race([ended, released]);
  };
};

const sayLate = ({ log }: WorkerDependencies, job: Job, error: unknown): void =>
  log.warn({ err: error, ...job }, 'an attempt that waited for an answer could not be performed to its end');

const perform = (
  dependencies: WorkerDependencies,
  cassettes: Cassettes,
  attempt: Attempt,
  state: ConversationState,
): Promise<void> => {
  const { call } = attempt.step;
  if (call === undefined) return performModelAttempt(dependencies, attempt, state);
  if (state.replay?.mode === 'cassette') return performRecordedCall(dependencies, cassettes, attempt, call, state, state.replay);
  return performToolAttempt(dependencies, attempt, call);
};

/** What this process remembers may be older than the job: the log is asked before a job is dropped. */
const findDue = async (
  { engine }: WorkerDependencies,
  { conversationId, step, attempt }: Job,
): Promise<{ readonly state: ConversationState; readonly step: Step } | undefined> => {
  for (const fresh of [false, true]) {
    const state = await engine.load(conversationId, { fresh });
    const found = findStep(state, step);
    if (found?.phase === 'due' && found.attempt === attempt) return { state, step: found };
  }
  return undefined;
};

const createAttempt = (
  { engine, workerId }: WorkerDependencies,
  job: Job,
  step: Step,
  claim: string,
  held: ActiveAttempt,
  letGo: () => void,
): Attempt => {
  const { conversationId, ...place } = job;
  const correlation = `${job.step}-${job.attempt}`;
  let outcome: Ending | undefined;
  let isStarted = false;
  const record = (command: Command) => {
    const envelope = { conversationId, commandId: `${command.type}:${claim}`, correlation };
    if (isOutcome(command)) outcome = { command, envelope };
    return engine.handle(command, envelope);
  };
  return {
    job,
    step,
    claim,
    signal: held.signal,
    letGo,
    record,
    start: async (data) => {
      const started = await ifCurrent(
        record({ type: 'StartAttempt', step: job.step, attempt: job.attempt, claim, worker: workerId, ...data }),
      );
      const isOurs = started !== undefined && findStep(started.state, job.step)?.claim === claim;
      if (isOurs) held.confirm();
      isStarted = isOurs;
      return isOurs;
    },
    ending: () =>
      outcome ?? {
        command: { type: 'RecordFailure', ...place, claim, failure: endedEarly, sent: isStarted },
        envelope: { conversationId, commandId: `LoseAttempt:${claim}`, correlation },
      },
  };
};

const isOutcome = ({ type }: Command): boolean =>
  type === 'RecordModelAnswer' || type === 'RecordToolResult' || type === 'RecordInputRequired' || type === 'RecordFailure';

const endedEarly: Failure = { kind: 'lost', message: 'The worker could not perform the attempt to its end.' };

/** Another delivery of the job was first, or the turn has ended: not an error, just not ours. */
const ifCurrent = (handled: Promise<Handled>): Promise<Handled | undefined> =>
  handled.catch((error: unknown) => {
    if (error instanceof CommandRejected) return undefined;
    throw error;
  });
