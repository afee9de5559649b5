// What the graders of a batch say of a conversation, as feedback: each grader's reward once, whoever asks how often.

import {
  type BatchItem,
  type BatchRequest,
  type ConversationState,
  type Engine,
  type Grade,
  grade,
  gradedIn,
  graderName,
  promptOfSample,
  type Sample,
} from '@turnlog/core';
import { withinTime } from './within-time.ts';

/** A pattern that takes longer on one answer would take for ever on some. */
const patienceMs = 1_000;

export type Graded = Pick<BatchItem, 'rewards' | 'reason'>;

export const gradeSample = async (
  engine: Pick<Engine, 'handle'>,
  batch: { readonly id: string; readonly request: BatchRequest },
  sample: Sample,
  conversation: { readonly id: string; readonly state: ConversationState },
): Promise<Graded> => {
  const prompt = promptOfSample(batch.request, sample);
  const graders = [...batch.request.graders, ...(prompt.graders ?? [])];
  if (graders.length === 0) return { rewards: {} };
  const graded = gradedIn(conversation.state, prompt.expected);
  try {
    const grades = graders.map((grader) => ({
      name: graderName(grader),
      ...withinTime<Grade>(patienceMs, () => grade(grader, graded)),
    }));
    // One verdict on all: the last of several ratings counts, and none of them may contradict it.
    const rating = grades.every(({ isPassed }) => isPassed) ? 1 : -1;
    for (const { name, isPassed, reason } of grades)
      await engine.handle(
        {
          type: 'GiveFeedback',
          feedback: { rating, reward: Number(isPassed), grader: name, ...(reason !== undefined && { comment: reason }) },
        },
        { conversationId: conversation.id, commandId: `grade:${batch.id}:${name}` },
      );
    return { rewards: Object.fromEntries(grades.map(({ name, isPassed }) => [name, Number(isPassed)])) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return { rewards: {}, reason: `A grader took longer than ${patienceMs} ms: its pattern cannot be used.` };
  }
};
