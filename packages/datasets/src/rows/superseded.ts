// Which answers were left: those of turns that were rolled back, and what stands after the point that a superseding fork
// went back to. They train nothing; what came in their place is preferred or not, as a person says.

import type { ReadConversation, RecordedAnswer } from './recorded-answers.ts';
import type { Origins } from './shared-prefix.ts';

export interface Superseded {
  has(answer: RecordedAnswer): boolean;
  /** A conversation that people went on with elsewhere, from a point before its end. */
  isLeft(conversation: string): boolean;
}

export const findSuperseded = (members: readonly ReadConversation[], origins: Origins): Superseded => {
  const leftAfter = new Map<string, number>();
  for (const { id, state } of members) {
    const point = state.forkedFrom?.supersededAfter;
    if (point !== undefined) leaveAncestors(leftAfter, origins, id, point);
  }
  const rolledBack = new Map(members.map(({ id, turnEnds }) => [id, turnEnds]));
  return {
    has: ({ conversation, version, turn }) =>
      version > (leftAfter.get(conversation) ?? Number.POSITIVE_INFINITY) ||
      rolledBack.get(conversation)?.get(turn)?.end === 'rolled_back',
    isLeft: (conversation) => leftAfter.has(conversation),
  };
};

/** A fork leaves each ancestor whose versions it shares no further than to that point; one it shares less of was left by another. */
const leaveAncestors = (leftAfter: Map<string, number>, origins: Origins, fork: string, point: number): void => {
  let shared = Number.POSITIVE_INFINITY;
  for (let origin = origins.get(fork); origin !== undefined && point < shared; origin = origins.get(origin.id)) {
    leftAfter.set(origin.id, Math.min(point, leftAfter.get(origin.id) ?? Number.POSITIVE_INFINITY));
    // What the next ancestor has of this one's stream ends where this one was forked.
    shared = Math.min(shared, origins.get(origin.id)?.at ?? 0);
  }
};
