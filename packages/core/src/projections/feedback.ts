// What people said of a step, a turn or a whole conversation. A pure function of events.

import type { Recorded } from '../event-sourcing/recorded-event.ts';

/** A step judged within its turn, a turn, or (with neither) the conversation itself. */
export interface FeedbackTarget {
  readonly turn?: number | undefined;
  readonly step?: number | undefined;
}

export type FeedbackLevel = 'step' | 'turn' | 'conversation';

/** `on` says what it was given on: a correction of a turn is no correction of each of its steps. */
export interface FeedbackText {
  readonly on: FeedbackLevel;
  /** The version of its `FeedbackGiven`. */
  readonly version: number;
  readonly text: string;
}

export interface Feedback {
  /** The most specific one: the step's, else its turn's, else the conversation's. Of several there, the last. */
  readonly rating?: -1 | 0 | 1;
  /** Those of every level, each once, in the order in which they came. */
  readonly tags: readonly string[];
  readonly corrections: readonly FeedbackText[];
  readonly comments: readonly FeedbackText[];
}

const fromSpecific: readonly FeedbackLevel[] = ['step', 'turn', 'conversation'];

/** What holds for a target at the end of `events` (from version 1 on). Feedback on a step needs the step's turn beside it. */
export const feedbackOf = (events: Iterable<Recorded>, target: FeedbackTarget = {}): Feedback => {
  const ratings: Partial<Record<FeedbackLevel, -1 | 0 | 1>> = {};
  const tags = new Set<string>();
  let corrections: readonly FeedbackText[] = [];
  let comments: readonly FeedbackText[] = [];
  for (const event of events) {
    if (event.type === 'ConversationForked') {
      // What was said of the whole parent judged what it became, not this branch; its tags go on, as in the state.
      delete ratings.conversation;
      corrections = corrections.filter(({ on }) => on !== 'conversation');
      comments = comments.filter(({ on }) => on !== 'conversation');
    }
    const on = event.type === 'FeedbackGiven' ? levelFor(target, event.data) : undefined;
    if (event.type !== 'FeedbackGiven' || on === undefined) continue;
    const { rating, tags: given = [], correction, comment } = event.data;
    if (rating !== undefined) ratings[on] = rating;
    for (const tag of given) tags.add(tag);
    if (correction !== undefined) corrections = [...corrections, { on, version: event.version, text: correction }];
    if (comment !== undefined) comments = [...comments, { on, version: event.version, text: comment }];
  }
  const rating = fromSpecific.map((level) => ratings[level]).find((value) => value !== undefined);
  return { ...(rating !== undefined && { rating }), tags: [...tags], corrections, comments };
};

/** On which level of the target this feedback was given; undefined where it was given on something else. */
const levelFor = (target: FeedbackTarget, { turn, step }: FeedbackTarget): FeedbackLevel | undefined => {
  if (step !== undefined) return step === target.step ? 'step' : undefined;
  if (turn !== undefined) return turn === target.turn ? 'turn' : undefined;
  return 'conversation';
};
