// What people and graders said of an answer, by the most specific place: its step, else its turn, else the conversation.

import { feedbackOf, type Recorded } from '@turnlog/core';
import type { ReadConversation, RecordedAnswer } from './recorded-answers.ts';

export type Rating = -1 | 0 | 1;

export interface Correction {
  /** The version of its `FeedbackGiven`. */
  readonly version: number;
  readonly text: string;
}

export interface Judgements {
  ratingOf(answer: RecordedAnswer): Rating | undefined;
  rewardOf(answer: RecordedAnswer): number | undefined;
  /** What should have been said: of a turn or a conversation, in place of its last answer. */
  correctionOf(answer: RecordedAnswer): Correction | undefined;
}

/** What was said of steps and turns in another conversation that shares versions up to `shared` with this one. */
export interface SaidElsewhere {
  readonly shared: number;
  readonly events: readonly Recorded[];
}

export const judgementsOf = ({ events, answers }: ReadConversation, elsewhere: readonly SaidElsewhere[]): Judgements => {
  // Feedback is rare: reading it once keeps long conversations linear.
  const said = events.filter(({ type }) => type === 'FeedbackGiven' || type === 'ConversationForked');
  const about = (answer: RecordedAnswer): readonly Recorded[] => {
    const others = elsewhere.filter(({ shared }) => answer.version <= shared);
    return others.length === 0 ? said : [...said, ...others.flatMap((other) => other.events)].sort(byTime);
  };
  const newest = answers.at(-1);
  const isLastOfTurn = ({ turn, version }: RecordedAnswer): boolean =>
    answers.findLast((candidate) => candidate.turn === turn)?.version === version;
  return {
    ratingOf: (answer) => feedbackOf(about(answer), answer).rating,
    rewardOf: (answer) => rewardIn(about(answer), answer),
    correctionOf: (answer) =>
      feedbackOf(said, answer).corrections.findLast(({ on, text }) => {
        if (text === '') return false;
        if (on === 'step') return true;
        return on === 'turn' ? isLastOfTurn(answer) : answer.version === newest?.version;
      }),
  };
};

const byTime = (a: Recorded, b: Recorded): number => {
  if (a.recordedAt === b.recordedAt) return 0;
  return a.recordedAt < b.recordedAt ? -1 : 1;
};

/** What was said of steps and turns in the part that a conversation recorded itself. */
export const saidOfParts = ({ events, inherited }: ReadConversation): readonly Recorded[] =>
  events.filter(
    ({ type, data, version }) =>
      type === 'FeedbackGiven' && version > inherited && (data.step !== undefined || data.turn !== undefined),
  );

/**
 * The most specific place counts, as for a rating. There, of each grader the last reward: of several graders their mean, as they
 * look at different sides of one answer.
 */
const rewardIn = (said: readonly Recorded[], { turn, step }: RecordedAnswer): number | undefined => {
  const rewards = { step: new Map<string, number>(), turn: new Map<string, number>(), conversation: new Map<string, number>() };
  for (const event of said) {
    if (event.type === 'ConversationForked') rewards.conversation.clear();
    if (event.type !== 'FeedbackGiven' || event.data.reward === undefined) continue;
    const { reward, grader = '', ...on } = event.data;
    if (on.step !== undefined) {
      if (on.step === step) rewards.step.set(grader, reward);
    } else if (on.turn === undefined) rewards.conversation.set(grader, reward);
    else if (on.turn === turn) rewards.turn.set(grader, reward);
  }
  const given = [rewards.step, rewards.turn, rewards.conversation].find(({ size }) => size > 0);
  return given && [...given.values()].reduce((sum, reward) => sum + reward, 0) / given.size;
};
