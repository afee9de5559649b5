// A family as projections read it: each member folded once, what was left, and what people said.

import { faultOf } from './fault.ts';
import { type Judgements, judgementsOf, type SaidElsewhere, saidOfParts } from './judgement.ts';
import type { ExclusionReason, Family } from './projection.ts';
import { type ReadConversation, type RecordedAnswer, readConversation } from './recorded-answers.ts';
import { originsOf, sharedPrefix } from './shared-prefix.ts';
import { findSuperseded, type Superseded } from './superseded.ts';

export interface ReadMember extends ReadConversation {
  readonly judgements: Judgements;
  /** Its own answers, those inherited left out: each answer is trained by the conversation that recorded it. */
  readonly own: readonly RecordedAnswer[];
}

export interface ReadFamily {
  /** Ordered by id. */
  readonly members: readonly ReadMember[];
  readonly superseded: Superseded;
}

export const readFamily = ({ members }: Family): ReadFamily => {
  const origins = originsOf(members);
  const read = members.map(readConversation).sort(byId);
  const said = read.map((conversation) => ({ id: conversation.id, events: saidOfParts(conversation) }));
  const saidElsewhere = (id: string): readonly SaidElsewhere[] =>
    said
      .filter((other) => other.id !== id && other.events.length > 0)
      .map((other) => ({ shared: sharedPrefix(origins, id, other.id), events: other.events }));
  return {
    members: read.map((conversation) => ({
      ...conversation,
      own: conversation.answers.filter(({ isInherited }) => !isInherited),
      judgements: judgementsOf(conversation, saidElsewhere(conversation.id)),
    })),
    superseded: findSuperseded(read, origins),
  };
};

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

/** Why an answer is no example to follow, whether or not a row could hold it. */
export const whyNot = (
  answer: RecordedAnswer,
  { outcomes, judgements }: ReadMember,
  superseded: Superseded | undefined,
): ExclusionReason | undefined => {
  if (superseded?.has(answer)) return 'superseded';
  if (judgements.ratingOf(answer) === -1) return 'low_rating';
  return faultOf(answer, outcomes);
};
