// What the log says is still to be done, as rows: the outbox, the timer and the reconciler's index in one.
// A pure function of state, so the rows can always be rebuilt from events.

import { type ConversationState, isHeld, type OpenTurn, type Step } from './state.ts';

export interface OpenWork {
  readonly step: number;
  readonly attempt: number;
  /** ISO time from which the attempt may be dispatched. */
  readonly dueAt: string;
  /** Set once the attempt has started: who may end it, and whose lease keeps it. */
  readonly claim?: string;
  readonly worker?: string;
}

const workOf = (found: Step): OpenWork => {
  const { step, attempt, dueAt, claim, worker } = found;
  return isHeld(found) && claim !== undefined && worker !== undefined
    ? { step, attempt, dueAt, claim, worker }
    : { step, attempt, dueAt };
};

export const openWork = ({ turn }: ConversationState): readonly OpenWork[] =>
  turn === undefined ? [] : turn.steps.filter((step) => isWork(step, turn)).map(workOf);

/** A paused turn starts nothing; what workers hold already is still theirs to end. */
const isWork = (step: Step, { paused }: OpenTurn): boolean => isHeld(step) || (step.phase === 'due' && paused === undefined);

/** What `after` added to or changed in the open work of `before`, and which steps no longer have any. */
export const workChange = (
  before: ConversationState,
  after: ConversationState,
): { readonly put: readonly OpenWork[]; readonly drop: readonly number[] } => {
  const old = new Map(openWork(before).map((work) => [work.step, work]));
  const now = openWork(after);
  const kept = new Set(now.map((work) => work.step));
  return {
    put: now.filter((work) => !isSame(old.get(work.step), work)),
    drop: [...old.keys()].filter((step) => !kept.has(step)),
  };
};

const isSame = (a: OpenWork | undefined, b: OpenWork): boolean =>
  a !== undefined && a.attempt === b.attempt && a.dueAt === b.dueAt && a.claim === b.claim;
