// How an answer stands beside others: by its rating, or by a person's no to one of its calls.

import type { Rating } from './judgement.ts';
import type { ReadMember } from './read-family.ts';
import type { RecordedAnswer } from './recorded-answers.ts';

/** Undefined: nobody said anything of it. */
export const standingOf = (answer: RecordedAnswer, { outcomes, judgements }: ReadMember): Rating | undefined =>
  answer.executed.toolCalls.some(({ id }) => outcomes.get(id)?.type === 'rejected') ? -1 : judgements.ratingOf(answer);
