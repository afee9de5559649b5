// The only link from the log to work: which jobs a change of state asks for.

import type { Job } from '../ports/job-queue.ts';
import { workChange } from './open-work.ts';
import type { ConversationState } from './state.ts';

/** Jobs for the attempts that became due by `now`. Later ones are the reconciler's, when their time comes. */
export const react = (conversationId: string, before: ConversationState, after: ConversationState, now: string): readonly Job[] =>
  workChange(before, after)
    .put.filter((work) => work.claim === undefined && work.dueAt <= now)
    .map(({ step, attempt }) => ({ conversationId, step, attempt }));
